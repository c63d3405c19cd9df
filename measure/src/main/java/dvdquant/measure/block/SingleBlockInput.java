package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.hunyuan.SingleBlock;
import dvdquant.models.nn.Compute;
import dvdquant.tensor.Tensor;

/** What a single-stream block is run on. */
record SingleBlockInput(HunyuanVideoInput of) implements HunyuanVideoBlockInput<SingleBlock> {
    @Override
    public Tensor forward(SingleBlock block, Compute compute) {
        return block.forward(of.hidden(), of.condition(), of.rotary(), compute);
    }

    @Override
    public Tensor libtorch(SingleBlock block, ElementType type, Tensor mask) {
        return new LibtorchSingleBlock(block, type, mask).forward(of.hidden().to(type), of.condition().to(type),
                of.rotary());
    }
}
