package dvdquant.video;

import dvdquant.core.video.Video;

import java.util.ArrayList;
import java.util.SplittableRandom;

/** Clips to test with. */
public final class Clips {
    private Clips() {}

    /** A gradient that drifts, with a circle that moves over it. */
    public static Video moving(int width, int height, int count) {
        var frames = new ArrayList<byte[]>();
        for (int t = 0; t < count; t++) {
            var frame = new byte[width * height * 3];
            double centerX = width * (0.25 + 0.5 * t / Math.max(1, count - 1));
            double radius = Math.min(width, height) / 5.0;
            for (int y = 0; y < height; y++) {
                for (int x = 0; x < width; x++) {
                    double distance = Math.hypot(x + 0.5 - centerX, y + 0.5 - height / 2.0);
                    double inside = Math.clamp(radius - distance + 0.5, 0, 1);
                    double wave = 0.5 + 0.5 * Math.sin(2 * Math.PI * (x + 3.0 * t) / width);
                    int at = (y * width + x) * 3;
                    frame[at] = level(inside * 220 + (1 - inside) * 40);
                    frame[at + 1] = level(inside * 60 + (1 - inside) * (40 + 150 * wave));
                    frame[at + 2] = level(inside * 50 + (1 - inside) * (60 + 160.0 * y / height));
                }
            }
            frames.add(frame);
        }
        return new Video(width, height, frames);
    }

    /** Soft waves of all directions that drift: what a photograph's statistics ask of an encoder, without hard edges. */
    static Video waves(int width, int height, int count) {
        var random = new SplittableRandom(7);
        double[] turns = random.doubles(48, -0.5, 0.5).toArray();
        double[] phases = random.doubles(24, 0, 2 * Math.PI).toArray();
        var frames = new ArrayList<byte[]>();
        for (int t = 0; t < count; t++) {
            var frame = new byte[width * height * 3];
            for (int i = 0; i < frame.length; i++) {
                double x = i / 3 % width - 1.3 * t;
                double y = i / 3 / width + 0.4 * t;
                double value = 128;
                for (int wave = 4 * (i % 3); wave < 4 * (i % 3) + 16; wave++) {
                    double fade = 1 + 4 * Math.hypot(turns[wave], turns[wave + 24]);
                    value += 14 * Math.sin(turns[wave] * x + turns[wave + 24] * y + phases[wave]) / fade;
                }
                frame[i] = level(Math.clamp(value, 0, 255));
            }
            frames.add(frame);
        }
        return new Video(width, height, frames);
    }

    /** Eight plain patches side by side: red, green, blue, white, black, yellow, cyan, gray. */
    static Video patches(int size, int count) {
        int[] colors = {0xFF0000, 0x00FF00, 0x0000FF, 0xFFFFFF, 0x000000, 0xFFFF00, 0x00FFFF, 0x808080};
        var frame = new byte[8 * size * size * 3];
        for (int i = 0; i < frame.length; i++) {
            int color = colors[i / 3 % (8 * size) / size];
            frame[i] = (byte) (color >> (16 - 8 * (i % 3)));
        }
        var frames = new ArrayList<byte[]>();
        for (int t = 0; t < count; t++) {
            frames.add(frame);
        }
        return new Video(8 * size, size, frames);
    }

    private static byte level(double value) {
        return (byte) Math.round(value);
    }

    /** Peak signal-to-noise ratio in dB of the worst frame. */
    static double worstPsnr(Video expected, Video actual) {
        double worst = Double.POSITIVE_INFINITY;
        for (int t = 0; t < expected.frames().size(); t++) {
            worst = Math.min(worst, psnr(expected.frames().get(t), actual.frames().get(t)));
        }
        return worst;
    }

    private static double psnr(byte[] expected, byte[] actual) {
        double sum = 0;
        for (int i = 0; i < expected.length; i++) {
            double difference = (expected[i] & 255) - (actual[i] & 255);
            sum += difference * difference;
        }
        return 10 * Math.log10(255.0 * 255.0 * expected.length / sum);
    }
}
