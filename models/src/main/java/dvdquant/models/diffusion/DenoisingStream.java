package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.diffusion.teacache.ResidualCache;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.WanTransformer.Step;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.OptionalDouble;

/**
 * The forwards for one text of a sampling, the prompt or the negative prompt. What it remembers to skip forwards is its own until it
 * is closed.
 */
final class DenoisingStream implements AutoCloseable {
    private final WanTransformer transformer;
    private final Shape shape;
    private final Rotary rotary;
    private final Tensor text;
    private final boolean caching;
    private final boolean observed;
    private final ResidualCache cache = new ResidualCache();
    private Owned<Tensor> last;

    /**
     * What a forward gave.
     *
     * @param values the flow at the latents
     * @param change since the last forward that was computed; empty at the first, where the blocks were skipped, and
     *            if flows are not compared
     */
    record Flow(float[] values, OptionalDouble change) {}

    /**
     * @param text of {@link WanTransformer#embedText}
     * @param shape of the latents
     * @param caching whether forwards will be skipped
     * @param observed whether flows are compared with the last ones
     */
    DenoisingStream(WanTransformer transformer, Tensor text, Shape shape, Rotary rotary, boolean caching,
            boolean observed) {
        this.transformer = transformer;
        this.text = text;
        this.shape = shape;
        this.rotary = rotary;
        this.caching = caching;
        this.observed = observed;
    }

    /**
     * @param compute whether the blocks are computed, or what they added last is added again
     */
    Flow flow(float[] latents, Step step, boolean compute, Cancellation cancellation) {
        BlockPass pass = !caching ? BlockPass.COMPUTE : compute ? cache::compute : cache::skip;
        try (var _ = TensorScope.open()) {
            Tensor flow = transformer.forward(Tensor.ofFloats(latents, shape.dims()), step, text, rotary, pass,
                    (_, _) -> cancellation.check());
            return new Flow(flow.toFloats(), compute && observed ? changeTo(flow) : OptionalDouble.empty());
        }
    }

    /** Compares a flow with the last one, on the device, and keeps it for the next. */
    private OptionalDouble changeTo(Tensor flow) {
        OptionalDouble change = last == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(transformer.relativeChange(flow, last.value()));
        forgetLast();
        last = Owned.of(flow::copy);
        return change;
    }

    private void forgetLast() {
        if (last != null) last.close();
        last = null;
    }

    @Override
    public void close() {
        forgetLast();
        cache.close();
    }
}
