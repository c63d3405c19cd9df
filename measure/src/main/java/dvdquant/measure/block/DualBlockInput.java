package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.hunyuan.DualBlock;
import dvdquant.models.hunyuan.Streams;
import dvdquant.models.nn.Compute;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** What a dual-stream block is run on. */
record DualBlockInput(HunyuanVideoInput of) implements HunyuanVideoBlockInput<DualBlock> {
    @Override
    public Tensor forward(DualBlock block, Compute compute) {
        try (var scope = TensorScope.open()) {
            return scope.keep(block.forward(new Streams(of.image(), of.text()), of.condition(), of.rotary(), compute)
                    .joined());
        }
    }

    @Override
    public Tensor libtorch(DualBlock block, ElementType type, Tensor mask) {
        return new LibtorchDualBlock(block, type, mask).forward(of.image().to(type), of.text().to(type),
                of.condition().to(type), of.rotary());
    }
}
