package dvdquant.tensor.cpu.convolution;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Convolution;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.cpu.machine.PerThread;
import dvdquant.tensor.cpu.machine.Workers;
import dvdquant.tensor.cpu.product.BatchProduct;
import dvdquant.tensor.cpu.product.OneDnnBatch;
import dvdquant.tensor.cpu.product.PanelBatch;
import org.bytedeco.dnnl.engine;

import java.util.Arrays;
import java.util.function.Supplier;

/**
 * A convolution by products of matrices, a block of the frames at a time: what a block sees is read, normed and activated, expanded into
 * rows, multiplied with the weights, and collected into the result. So nothing as large as a clip is made besides the result.
 */
public final class CpuConvolution implements Convolution {
    /** What all convolutions share. */
    public record Machine(engine engine, InstructionSet instructions, Workers workers,
            PerThread<Workspace> workspaces) {
        BatchProduct product(BatchProduct.Sizes sizes) {
            return instructions.multipliesFloatsInPanels() ? new PanelBatch(sizes) : new OneDnnBatch(engine, sizes);
        }
    }

    private final Expansion expansion;
    private final BatchProduct product;
    private final float[] bias;
    private final Machine machine;

    private CpuConvolution(Expansion expansion, BatchProduct product, float[] bias, Machine machine) {
        this.expansion = expansion;
        this.product = product;
        this.bias = bias;
        this.machine = machine;
    }

    public static CpuConvolution of(Shape shape, Supplier<Tensor> weight, Tensor bias, Machine machine) {
        var expansion = new Expansion(shape);
        BatchProduct product = machine.product(expansion.products());
        try (var _ = TensorScope.open()) {
            product.pack(WeightMatrices.of(weight.get(), expansion, machine.workers));
        }
        return new CpuConvolution(expansion, product, Arrays.copyOf(bias.toFloats(), expansion.out()), machine);
    }

    @Override
    public Shape shape() {
        return expansion.shape();
    }

    @Override
    public Tensor apply(Input input) {
        long frames = (input.frames() - shape().frames()) / shape().frameStride() + 1;
        Tensor pixels = Tensor.empty(ElementType.F32, 1, frames, side(input, 3), side(input, 4), shape().out());
        run(input, pixels, false);
        return pixels.permute(0, 4, 1, 2, 3);
    }

    /** The height or width of the result. */
    private long side(Input input, int axis) {
        long pixels = (input.repeats() == Repeats.NONE ? 1 : 2) * input.x().dim(axis);
        return input.edged() ? Math.ceilDiv(pixels, shape().pixelStride()) : pixels / shape().pixelStride();
    }

    @Override
    public Tensor addTo(Tensor onto, Input input) {
        try (var _ = TensorScope.open()) {
            run(input, onto.permute(0, 2, 3, 4, 1), true);
        }
        return onto;
    }

    /** @param result [1, frames, height, width, out], contiguous */
    private void run(Input input, Tensor result, boolean add) {
        try (var _ = TensorScope.open()) {
            var run = new ConvolutionRun(expansion, product, bias, input, result, add);
            machine.workers.forEach(run.blocks(), block -> run.block((int) block, machine.workspaces.get()));
        }
    }
}
