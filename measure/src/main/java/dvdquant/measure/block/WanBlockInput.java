package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.models.nn.Compute;
import dvdquant.models.wan.WanBlock;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanContext;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * What a block of a Wan transformer is run on.
 *
 * @param hidden [tokens, width]
 * @param time [6, width], F32
 */
record WanBlockInput(WanConfig config, Tensor hidden, WanContext context, Tensor time, Rotary rotary)
        implements
            BlockInput<WanBlock> {
    @Override
    public Tensor forward(WanBlock block, Compute compute) {
        return block.forward(hidden, context, time, rotary, compute);
    }

    @Override
    public List<Peer<WanBlock>> libtorch() {
        return List.of(new Peer<>("libtorch's block", (block, type) -> new LibtorchWanBlock(block, config.heads(), type)
                .forward(hidden.to(type), to(type), time, rotary)));
    }

    private WanContext to(ElementType type) {
        return new WanContext(context.text().to(type), context.image().map(image -> image.to(type)));
    }

    @Override
    public List<Operation> kernels(Kernels kernels, RandomLayers random) {
        var alone = new SingleKernels(kernels, random, hidden, config.heads());
        var own = new ArrayList<>(List.of(alone.attention("attn1 attention", hidden),
                alone.attention("attn2 attention", context.text())));
        context.image().ifPresent(image -> own.add(alone.attention("attn2 attention to an image", image)));
        own.add(alone.rmsNorm(config.width(), rotary));
        return alone.of(own, config.feedForward());
    }
}
