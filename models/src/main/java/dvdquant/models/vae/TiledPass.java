package dvdquant.models.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.UnaryOperator;

/**
 * Runs the autoencoder over a clip tile by tile, whole clips of one tile at a time, and joins the results. Kept are the joined
 * result and, of each tile in the row above and of the tile to the left, the strip that the next tile blends with.
 *
 * <p>Geometry and blending are those of diffusers' {@code tiled_decode} and {@code tiled_encode}: a tile's first rows or
 * columns become (1 − k/n) · neighbor + k/n · own for k = 0 … n − 1, first downwards, then to the right, and its strips for
 * later tiles are taken after that.
 *
 * @param height of the input
 * @param width of the input
 * @param size of a tile in the input
 * @param stride of the tiles in the input
 * @param outStride of the tiles in the result
 */
public record TiledPass(long height, long width, long size, long stride, long outStride) {
    private static final int HEIGHT = 3;
    private static final int WIDTH = 4;

    /** Makes the result of one tile: [1, channels, frames, height, width] in the caller's scope, to be overwritten. */
    @FunctionalInterface
    public interface Tile {
        /** @param top, left, height, width of the tile in the input */
        Tensor run(long top, long left, long height, long width);
    }

    /** @param pixels a latent, along height and width */
    public static TiledPass decoding(Tiling.Tiles tiles, int pixels, long latentHeight, long latentWidth) {
        return new TiledPass(latentHeight, latentWidth, tiles.size() / pixels, tiles.stride() / pixels, tiles.stride());
    }

    /** @param pixels a latent, along height and width */
    public static TiledPass encoding(Tiling.Tiles tiles, int pixels, long height, long width) {
        return new TiledPass(height, width, tiles.size(), tiles.stride(), tiles.stride() / pixels);
    }

    public int count() {
        return Math.toIntExact(Math.ceilDiv(height, stride) * Math.ceilDiv(width, stride));
    }

    /**
     * @param result [1, channels, frames, height, width], overwritten
     * @param store what is done to a tile's values before they go into the result
     */
    public void run(Tile tile, UnaryOperator<Tensor> store, Tensor result) {
        try (var above = new HeldTensors<Long>(); var left = new HeldTensors<Long>()) {
            for (long row = 0; row * stride < height; row++) {
                for (long column = 0; column * stride < width; column++) {
                    try (var _ = TensorScope.open()) {
                        Tensor values = tile.run(row * stride, column * stride, Math.min(size, height - row * stride),
                                Math.min(size, width - column * stride));
                        if (row > 0) blend(above.get(column), values, HEIGHT);
                        if (column > 0) blend(left.get(0L), values, WIDTH);
                        hold(above, column, values, HEIGHT);
                        hold(left, 0L, values, WIDTH);
                        Tensor inside = start(start(values, HEIGHT), WIDTH);
                        result.narrow(HEIGHT, row * outStride, inside.dim(HEIGHT))
                                .narrow(WIDTH, column * outStride, inside.dim(WIDTH)).copyFrom(store.apply(inside));
                    }
                }
            }
        }
    }

    /** What of a tile goes into the result, along one axis. */
    private Tensor start(Tensor values, int axis) {
        return values.narrow(axis, 0, Math.min(outStride, values.dim(axis)));
    }

    /** Keeps what lies beyond {@link #start}: just the part that the next tile shares, if there is a next tile. */
    private void hold(HeldTensors<Long> strips, long key, Tensor values, int axis) {
        long shared = values.dim(axis) - outStride;
        if (shared > 0) strips.put(key, values.narrow(axis, outStride, shared));
    }

    /** Overwrites the first entries of {@code values} along an axis, as many as {@code neighbor} has. */
    public static void blend(Tensor neighbor, Tensor values, int axis) {
        try (var _ = TensorScope.open()) {
            int count = Math.toIntExact(neighbor.dim(axis));
            Tensor own = values.narrow(axis, 0, count);
            Tensor share = ramp(count, axis).to(values.device());
            own.copyFrom(neighbor.subtract(neighbor.multiply(share)).add(own.multiply(share)));
        }
    }

    /** k / count for k = 0 … count − 1 along one axis of five. */
    private static Tensor ramp(int count, int axis) {
        var values = new float[count];
        for (int k = 0; k < count; k++) {
            values[k] = (float) k / count;
        }
        long[] dims = {1, 1, 1, 1, 1};
        dims[axis] = count;
        return Tensor.ofFloats(values, dims);
    }
}
