package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.util.List;

/** What HunyuanVideo's kinds of blocks are run on; libtorch's masks the text, as the reference does, or does not. */
interface HunyuanVideoBlockInput<B> extends BlockInput<B> {
    HunyuanVideoInput of();

    /** @param mask of {@link HunyuanVideoInput}; null: none */
    Tensor libtorch(B block, ElementType type, Tensor mask);

    @Override
    default Tensor hidden() {
        return of().hidden();
    }

    @Override
    default List<Peer<B>> libtorch() {
        return List.of(new Peer<>("libtorch's block", (block, type) -> libtorch(block, type, null)),
                new Peer<>("libtorch's block with a mask", (block, type) -> libtorch(block, type, of().mask())));
    }

    @Override
    default List<Operation> kernels(Kernels kernels, RandomLayers random) {
        return of().kernels(kernels, random);
    }
}
