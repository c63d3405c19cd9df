package dvdquant.video.image;

import dvdquant.core.image.ImageSize;

import java.io.IOException;
import java.nio.ByteBuffer;

/**
 * What the first chunk of a PNG file, IHDR, says.
 *
 * @param pixelBits of all its channels together
 * @param interlaced in seven passes (Adam7), else row by row
 */
record PngHeader(ImageSize size, int pixelBits, boolean interlaced) {
    /** Of each pass, the first column and row, and the steps to the next. */
    private static final int[][] ADAM7 = {{0, 0, 8, 8}, {4, 0, 8, 8}, {0, 4, 4, 8}, {2, 0, 4, 4}, {0, 2, 2, 4},
            {1, 0, 2, 2},
            {0, 1, 1, 2}};
    private static final int[][] ONE_PASS = {{0, 0, 1, 1}};

    static PngHeader parse(ByteBuffer chunk) throws IOException {
        if (chunk.limit() < 13) throw new IOException("it is damaged (its header is too short)");
        int width = chunk.getInt(0);
        int height = chunk.getInt(4);
        if (width < 1 || height < 1) throw new IOException("its size is not one (" + width + "×" + height + ")");
        int channels = switch (chunk.get(9)) {
            case 0, 3 -> 1;
            case 2 -> 3;
            case 4 -> 2;
            case 6 -> 4;
            default -> throw new IOException("it is damaged (its color type is " + chunk.get(9) + ")");
        };
        return new PngHeader(new ImageSize(width, height), channels * chunk.get(8), chunk.get(12) != 0);
    }

    /** All rows of all passes, inflated, each with a byte before it that names its filter. */
    long pixelBytes() {
        long bytes = 0;
        for (int[] pass : interlaced ? ADAM7 : ONE_PASS) {
            long columns = Math.max(0, Math.ceilDiv(size.width() - pass[0], pass[2]));
            long rows = Math.max(0, Math.ceilDiv(size.height() - pass[1], pass[3]));
            if (columns > 0) bytes += rows * (1 + Math.ceilDiv(columns * pixelBits, 8));
        }
        return bytes;
    }
}
