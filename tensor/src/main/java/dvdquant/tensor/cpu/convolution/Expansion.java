package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.cpu.product.BatchProduct;

/**
 * The sizes of the matrices by which a convolution is computed. A row of the expanded input belongs to a cell, and holds what that sees of
 * one frame after the other; the products for a frame of the result read a window of it, as long as the kernel has frames.
 */
public record Expansion(Convolution.Shape shape) {
    /** Cells of a block, and so rows of each matrix: enough that the weights are not read too often, and few enough for the caches. */
    static final int ROWS = 96;
    /** Frames of the result that share what is expanded. */
    static final int FRAMES = 4;
    /** Floats of the widest vectors there are. */
    private static final int MULTIPLE = 16;

    Cells cells() {
        return shape.size() == 3 && shape.pixelStride() == 1
                ? new Winograd()
                : new Gathered(shape.size(), shape.pixelStride());
    }

    /** Pixels of the input that lie before those of the first cell. */
    int margin(boolean edged) {
        return shape.pixelStride() == 1 || edged ? shape.size() / 2 : 0;
    }

    /** Input channels in whole vectors. */
    int in() {
        return Math.ceilDiv(shape.in(), MULTIPLE) * MULTIPLE;
    }

    /** Output channels in whole vectors. */
    int out() {
        return Math.ceilDiv(shape.out(), MULTIPLE) * MULTIPLE;
    }

    /** Frames of the input that are expanded for so many of the result. */
    int seen(int frames) {
        return (frames - 1) * shape.frameStride() + shape.frames();
    }

    /** Bytes of a row that a frame takes. */
    long frameBytes() {
        return 4L * cells().taps() * in();
    }

    /** Bytes of a row. */
    long rowBytes() {
        return seen(FRAMES) * frameBytes();
    }

    /** Bytes from one expanded matrix to the next. */
    long matrixBytes() {
        return ROWS * rowBytes();
    }

    /** Bytes from one product to the next. */
    long productBytes() {
        return 4L * ROWS * out();
    }

    BatchProduct.Sizes products() {
        return new BatchProduct.Sizes(cells().batch(), ROWS, (long) shape.frames() * cells().taps() * in(), out(),
                rowBytes() / 4);
    }

    /** Bytes of the weights, and of the bias. */
    public long weightBytes() {
        BatchProduct.Sizes sizes = products();
        return 4 * (sizes.batch() * sizes.depth() * sizes.columns() + out());
    }

    /** Bytes of a {@link Workspace}: the matrices, and about as much of the input as a block sees. */
    public long workspaceBytes() {
        int step = cells().step();
        return cells().batch() * (matrixBytes() + productBytes()) + 4L * 2 * ROWS * step * step * in();
    }
}
