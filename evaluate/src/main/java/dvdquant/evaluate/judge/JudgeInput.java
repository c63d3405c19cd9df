package dvdquant.evaluate.judge;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;

/** What the network sees of a clip: every second frame, at half the size. */
final class JudgeInput {
    static final int FRAMES = 9;
    static final int SIZE = 64;
    static final int CHANNELS = 3 * FRAMES;

    private static final int CLIP_FRAMES = 17;
    private static final int CLIP_SIZE = 128;

    private JudgeInput() {}

    static boolean fits(int frames, int height, int width) {
        return frames == CLIP_FRAMES && height == CLIP_SIZE && width == CLIP_SIZE;
    }

    /**
     * @return [channels, height, width] in [−1, 1]: channel 3 · frame + color, each value the mean of 2×2 pixels
     * @throws InputException if the clip is not of 17 frames of 128×128 pixels
     */
    static float[] of(Video clip) {
        if (!fits(clip.frames().size(), clip.height(), clip.width())) {
            throw new InputException("the judge knows clips of " + CLIP_FRAMES + " frames of " + CLIP_SIZE + "×"
                    + CLIP_SIZE + " pixels, this is one of " + clip.describe());
        }
        var values = new float[CHANNELS * SIZE * SIZE];
        int i = 0;
        for (int channel = 0; channel < CHANNELS; channel++) {
            byte[] frame = clip.frames().get(2 * (channel / 3));
            for (int y = 0; y < SIZE; y++) {
                for (int x = 0; x < SIZE; x++) {
                    values[i++] = sumOfFour(frame, 2 * x, 2 * y, channel % 3) / (4 * 127.5f) - 1;
                }
            }
        }
        return values;
    }

    private static int sumOfFour(byte[] frame, int x, int y, int color) {
        int at = 3 * (y * CLIP_SIZE + x) + color;
        int below = at + 3 * CLIP_SIZE;
        return (frame[at] & 0xff) + (frame[at + 3] & 0xff) + (frame[below] & 0xff) + (frame[below + 3] & 0xff);
    }
}
