package dvdquant.measure.block;

import dvdquant.measure.Operation;
import dvdquant.models.nn.Compute;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanContext;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * What a block of a Wan transformer is run on.
 *
 * @param hidden [tokens, width]
 * @param text [text tokens, width]
 * @param time [6, width], F32
 */
record WanBlockInput(WanConfig config, Tensor hidden, Tensor text, Tensor time, Rotary rotary)
        implements
            BlockInput<WanBlock> {
    @Override
    public Tensor forward(WanBlock block, Compute compute) {
        return block.forward(hidden, WanContext.of(text), time, rotary, compute);
    }

    @Override
    public List<Peer<WanBlock>> libtorch() {
        return List.of(new Peer<>("libtorch's block", (block, type) -> new LibtorchWanBlock(block, config.heads(), type)
                .forward(hidden.to(type), text.to(type), time, rotary)));
    }

    @Override
    public List<Operation> kernels(Kernels kernels, RandomLayers random) {
        var alone = new SingleKernels(kernels, random, hidden, config.heads());
        return alone.of(List.of(alone.attention("attn1 attention", hidden), alone.attention("attn2 attention", text),
                alone.rmsNorm(config.width(), rotary)), config.feedForward());
    }
}
