package dvdquant.core.metrics;

import dvdquant.core.video.Video;

/**
 * How much a clip changes from frame to frame: the mean absolute difference of successive frames, with values on [0, 1]; 0 for a
 * single frame.
 *
 * <p>To be shown beside the reference's, never to rank by. The least flicker is that of a still picture, and a model that collapses
 * tends towards one: by this number it would win. What can be read from it is a ratio far from 1, either way.
 */
public final class Flicker {
    private Flicker() {}

    public static double of(Video clip) {
        long sum = 0;
        for (int i = 1; i < clip.frames().size(); i++) {
            sum += difference(clip.frames().get(i), clip.frames().get(i - 1));
        }
        long values = (long) clip.frames().getFirst().length * (clip.frames().size() - 1);
        return values == 0 ? 0 : sum / (255.0 * values);
    }

    private static long difference(byte[] a, byte[] b) {
        long sum = 0;
        for (int i = 0; i < a.length; i++) {
            sum += Math.abs((a[i] & 0xff) - (b[i] & 0xff));
        }
        return sum;
    }
}
