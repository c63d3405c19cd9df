package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.models.hunyuan.SingleBlock;
import dvdquant.models.nn.Compute;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.List;

/** What a single-stream block is run on. */
record SingleBlockInput(HunyuanVideoInput of) implements BlockInput<SingleBlock> {
    @Override
    public Tensor hidden() {
        return of.hidden();
    }

    @Override
    public Tensor forward(SingleBlock block, Compute compute) {
        return block.forward(of.hidden(), of.condition(), of.rotary(), compute);
    }

    @Override
    public List<Peer<SingleBlock>> libtorch() {
        return List.of(new Peer<>("libtorch's block", (block, type) -> libtorch(block, type, null)),
                new Peer<>("libtorch's block with a mask", (block, type) -> libtorch(block, type, of.mask())));
    }

    private Tensor libtorch(SingleBlock block, ElementType type, Tensor mask) {
        return new LibtorchSingleBlock(block, type, mask).forward(of.hidden().to(type), of.condition().to(type),
                of.rotary());
    }

    @Override
    public List<Operation> kernels(Kernels kernels, RandomLayers random) {
        return of.kernels(kernels, random);
    }
}
