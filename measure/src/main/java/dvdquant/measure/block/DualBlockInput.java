package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.models.hunyuan.DualBlock;
import dvdquant.models.hunyuan.Streams;
import dvdquant.models.nn.Compute;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/** What a dual-stream block is run on. */
record DualBlockInput(HunyuanVideoInput of) implements BlockInput<DualBlock> {
    @Override
    public Tensor hidden() {
        return of.hidden();
    }

    @Override
    public Tensor forward(DualBlock block, Compute compute) {
        try (var scope = TensorScope.open()) {
            return scope.keep(block.forward(new Streams(of.image(), of.text()), of.condition(), of.rotary(), compute)
                    .joined());
        }
    }

    @Override
    public List<Peer<DualBlock>> libtorch() {
        return List.of(new Peer<>("libtorch's block", (block, type) -> libtorch(block, type, null)),
                new Peer<>("libtorch's block with a mask", (block, type) -> libtorch(block, type, of.mask())));
    }

    private Tensor libtorch(DualBlock block, ElementType type, Tensor mask) {
        return new LibtorchDualBlock(block, type, mask).forward(of.image().to(type), of.text().to(type),
                of.condition().to(type), of.rotary());
    }

    @Override
    public List<Operation> kernels(Kernels kernels, RandomLayers random) {
        return of.kernels(kernels, random);
    }
}
