package dvdquant.core.video;

import dvdquant.core.testing.Seeds;

import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** Clips for tests. */
public final class Videos {
    private Videos() {}

    /** All values equal. */
    public static Video constant(int width, int height, int frames, int value) {
        return new Video(width, height,
                Stream.generate(() -> filled(3 * width * height, value)).limit(frames).toList());
    }

    private static byte[] filled(int length, int value) {
        var bytes = new byte[length];
        Arrays.fill(bytes, (byte) value);
        return bytes;
    }

    public static Video random(long seed, int width, int height, int frames) {
        var random = Seeds.random(seed);
        return new Video(width, height,
                IntStream.range(0, frames).mapToObj(_ -> bytes(random, 3 * width * height)).toList());
    }

    private static byte[] bytes(SplittableRandom random, int length) {
        var bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    /** Each value moved by up to {@code levels}, within 0 … 255. */
    public static Video noisy(Video clip, long seed, int levels) {
        var random = Seeds.random(seed);
        return new Video(clip.width(), clip.height(), clip.frames().stream().map(frame -> {
            byte[] noisy = frame.clone();
            for (int i = 0; i < noisy.length; i++) {
                int moved = (noisy[i] & 0xff) + random.nextInt(-levels, levels + 1);
                noisy[i] = (byte) Math.clamp(moved, 0, 255);
            }
            return noisy;
        }).toList());
    }

    /** A clip of one pixel a frame, of these grays. */
    public static Video ofGrays(int... grays) {
        List<byte[]> frames = IntStream.of(grays).mapToObj(gray -> filled(3, gray)).toList();
        return new Video(1, 1, frames);
    }
}
