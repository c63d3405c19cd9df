package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.models.diffusion.DiffusionTransformer.Conditioned;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.diffusion.teacache.ComputedSteps;
import dvdquant.models.diffusion.teacache.ResidualCache;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Optional;
import java.util.OptionalDouble;

/**
 * The forwards of one transformer for one text of a sampling, the prompt or the negative prompt. What it remembers to skip forwards is
 * its own until it is closed.
 */
final class DenoisingStream implements AutoCloseable {
    private final Conditioned transformer;
    private final Shape shape;
    private final Optional<ComputedSteps> steps;
    private final Kernels kernels;
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
     * @param shape of the latents
     * @param steps which are computed; closed with this; empty: all of them
     */
    DenoisingStream(Conditioned transformer, Shape shape, Optional<ComputedSteps> steps, Kernels kernels) {
        this.transformer = transformer;
        this.shape = shape;
        this.steps = steps;
        this.kernels = kernels;
    }

    /** Whether a step is computed; asked once before each, in order. */
    boolean computes(int index, float[] latents, Step step) {
        if (steps.isEmpty()) return true;
        try (var _ = TensorScope.open()) {
            return steps.get().computes(index,
                    () -> transformer.watched(Tensor.ofFloats(latents, shape.dims()), step));
        }
    }

    /**
     * @param compute whether the blocks are computed, or what they added last is added again
     * @param compared whether the flow is compared with the last one
     */
    Flow flow(float[] latents, Step step, boolean compute, boolean compared, Cancellation cancellation) {
        BlockPass pass = steps.isEmpty() ? BlockPass.COMPUTE : compute ? cache::compute : cache::skip;
        try (var _ = TensorScope.open()) {
            Tensor flow = transformer.forward(Tensor.ofFloats(latents, shape.dims()), step, pass,
                    (_, _) -> cancellation.check());
            return new Flow(flow.toFloats(), compute && compared ? changeTo(flow) : OptionalDouble.empty());
        }
    }

    /** Compares a flow with the last one, on the device, and keeps it for the next. */
    private OptionalDouble changeTo(Tensor flow) {
        OptionalDouble change = last == null
                ? OptionalDouble.empty()
                : OptionalDouble.of(kernels.relativeChange(flow, last.value()));
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
        steps.ifPresent(ComputedSteps::close);
    }
}
