package dvdquant.tensor.cpu.convolution;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Convolution.Repeats;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.cpu.convolution.PatchReader.Frames;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.product.BatchProduct;
import jdk.incubator.vector.FloatVector;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static dvdquant.tensor.cpu.convolution.Expansion.FRAMES;
import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;

/** One call of a convolution: where its input and its result lie. Used by many threads, a block each. */
final class ConvolutionRun {
    private static final int LANES = FLOATS.length();

    private final Expansion expansion;
    private final Cells cells;
    private final BatchProduct product;
    private final float[] bias;
    private final Frames before;
    private final Frames x;
    private final int framesBefore;
    private final ActivationVectors activation;
    private final Repeats repeats;
    private final boolean edged;
    private final int margin;
    private final MemorySegment result;
    private final int frames;
    private final int height;
    private final int width;
    private final boolean add;
    private final BlockGrid grid;

    /**
     * @param bias in whole vectors
     * @param result [1, frames, height, width, out], contiguous
     * @param add whether to add to what it holds
     */
    ConvolutionRun(Expansion expansion, BatchProduct product, float[] bias, Input input, Tensor result, boolean add) {
        this.expansion = expansion;
        this.cells = expansion.cells();
        this.product = product;
        this.bias = bias;
        x = frames(input.x());
        before = input.before() == null ? Frames.ZEROS : frames(input.before());
        framesBefore = (int) (input.before() == null ? input.absent() : input.before().dim(2));
        activation = ActivationVectors.of(input.activation(), expansion.in());
        repeats = input.repeats();
        edged = input.edged();
        margin = expansion.margin(edged);
        this.result = result.segment();
        this.add = add;
        frames = (int) result.dim(1);
        height = (int) result.dim(2);
        width = (int) result.dim(3);
        grid = BlockGrid.of(Math.ceilDiv(height, cells.side()), Math.ceilDiv(width, cells.side()), Expansion.ROWS);
    }

    private static Frames frames(Tensor x) {
        return new Frames(x.channelsLast3d().permute(0, 2, 3, 4, 1).segment(), (int) x.dim(3), (int) x.dim(4),
                (int) x.dim(1));
    }

    int blocks() {
        return grid.blocks();
    }

    /** Computes a block in all frames of the result. */
    void block(int index, Workspace workspace) {
        BlockGrid.Block block = grid.block(index);
        for (int first = 0; first < frames; first += FRAMES) {
            int count = Math.min(FRAMES, frames - first);
            for (int seen = 0; seen < expansion.seen(count); seen++) {
                expand(block, first * expansion.shape().frameStride() + seen, seen * expansion.frameBytes(), workspace);
            }
            for (int frame = 0; frame < count; frame++) {
                multiply(frame, workspace);
                collect(block, first + frame, workspace);
            }
        }
    }

    /** Expands what a block sees of a frame of the input, to byte {@code to} of the rows. */
    private void expand(BlockGrid.Block block, int frame, long to, Workspace workspace) {
        int channels = expansion.in();
        int step = cells.step();
        var window = new PatchReader.Window(block.top() * step - margin, block.left() * step - margin,
                (block.rows() - 1) * step + cells.extent(), (block.columns() - 1) * step + cells.extent(), edged);
        float[] patch = workspace.patch(window.rows() * window.columns() * channels);
        read(frame, window, workspace.reader, patch);
        if (activation != null) workspace.reader.activate(patch, window.rows() * window.columns(), activation);
        MemorySegment rows = workspace.expanded.ofBytes(cells.batch() * expansion.matrixBytes());
        int lineFloats = window.columns() * channels;
        long row = to;
        for (int y = 0; y < block.rows(); y++) {
            for (int c = 0; c < block.columns(); c++, row += expansion.rowBytes()) {
                int first = y * step * lineFloats + c * step * channels;
                cells.expand(patch, first, lineFloats, channels, rows, row, expansion.matrixBytes());
            }
        }
    }

    /** @param frame of those before the input's, then of the input's, repeated ones counted */
    private void read(int frame, PatchReader.Window window, PatchReader reader, float[] patch) {
        int own = frame - framesBefore;
        boolean past = own < 0 && !(edged && before == Frames.ZEROS);
        int index = past ? frame : Math.max(0, repeats == Repeats.CLIP ? (own + 1) / 2 : own);
        reader.read(past ? before : x, index, window, repeats != Repeats.NONE, patch, expansion.in());
    }

    private void multiply(int frame, Workspace workspace) {
        long window = frame * expansion.shape().frameStride() * expansion.frameBytes();
        workspace.products.ofBytes(cells.batch() * expansion.productBytes());
        product.run(workspace.expanded.address() + window, workspace.products.address(),
                workspace.scratch.ofBytes(Math.max(1, product.scratchBytes())));
    }

    private void collect(BlockGrid.Block block, int frame, Workspace workspace) {
        int channels = expansion.out();
        int side = cells.side();
        float[] cell = workspace.cell(side * side * channels);
        MemorySegment products = workspace.products.memory();
        long row = 0;
        for (int y = side * block.top(); y < side * (block.top() + block.rows()); y += side) {
            for (int c = side * block.left(); c < side * (block.left() + block.columns()); c += side) {
                cells.collect(products, row, expansion.productBytes(), channels, cell);
                store(cell, channels, frame, y, c);
                row += 4L * channels;
            }
        }
    }

    /** Writes the pixels of a cell that lie within the frame. */
    private void store(float[] cell, int channels, int frame, int top, int left) {
        int side = cells.side();
        for (int y = 0; y < side && top + y < height; y++) {
            for (int c = 0; c < side && left + c < width; c++) {
                long pixel = ((long) frame * height + top + y) * width + left + c;
                store(cell, (side * y + c) * channels, pixel * expansion.shape().out());
            }
        }
    }

    /** A pixel's channels, with the bias, to element {@code first} of the result. */
    private void store(float[] cell, int at, long first) {
        int out = expansion.shape().out();
        int c = 0;
        for (; c <= out - LANES; c += LANES) {
            FloatVector y = FloatVector.fromArray(FLOATS, cell, at + c).add(FloatVector.fromArray(FLOATS, bias, c));
            if (add) y = y.add(FloatMemory.load(result, ElementType.F32, first + c));
            FloatMemory.store(y, result, ElementType.F32, first + c);
        }
        for (; c < out; c++) {
            float held = add ? result.get(ValueLayout.JAVA_FLOAT, 4 * (first + c)) : 0;
            result.set(ValueLayout.JAVA_FLOAT, 4 * (first + c), cell[at + c] + bias[c] + held);
        }
    }
}
