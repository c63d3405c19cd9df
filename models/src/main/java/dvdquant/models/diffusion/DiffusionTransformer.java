package dvdquant.models.diffusion;

import dvdquant.core.format.Shape;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.tensor.Tensor;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * What the denoising loop asks of a transformer, in three steps: that it is prepared for clips of a shape, once a clip; then for what
 * a text encoder made of a text, once a text and clip; then its forward, once a step. Owns its weights.
 */
public interface DiffusionTransformer extends AutoCloseable {
    /**
     * What differs from one denoising step to the next.
     *
     * @param timestep from 1000 (noise) to 0
     * @param guidance of a model that takes it as an input; empty for others
     * @param activations of quantized layers; empty where none quantizes its input
     */
    record Step(double timestep, OptionalDouble guidance, StepActivations activations) {}

    /** Told after each block; may throw to cancel. */
    @FunctionalInterface
    interface BlockListener {
        /** @param hidden [tokens, width], valid during the call */
        void afterBlock(int block, Tensor hidden);
    }

    /** For latents of one shape: knows where its tokens are. Its tensors are those of the scope that it was prepared in. */
    @FunctionalInterface
    interface Shaped {
        /**
         * @param given by the family's own text encoders, and what else conditions a clip, such as the latents of a first frame
         * @param activations of quantized layers that a text goes through once for all steps
         * @return in the caller's scope
         */
        Conditioned given(Conditioning given, StepActivations activations);
    }

    /** For latents of one shape and one text. Its tensors are those of the scopes that it was prepared in. */
    @FunctionalInterface
    interface Conditioned {
        /**
         * @param latents [1, channels, frames, height, width], F32
         * @param pass through the blocks or past them
         * @return the flow, as {@code latents}, on the device that computes
         */
        Tensor forward(Tensor latents, Step step, BlockPass pass, BlockListener listener);

        /**
         * What TeaCache watches of a forward, where that does not depend on the time alone.
         *
         * @param latents as those of {@link #forward}
         * @return F32 or BF16, on the device that computes, in the caller's scope
         * @throws UnsupportedOperationException if {@link DiffusionTransformer#watched} gives it
         */
        default Tensor watched(Tensor latents, Step step) {
            throw new UnsupportedOperationException("what is watched depends on the time alone");
        }
    }

    /**
     * @param latents their shape, [1, channels, frames, height, width]
     * @return in the caller's scope
     * @throws dvdquant.core.InputException if they are more than the model has positions for
     */
    Shaped prepare(Shape latents);

    /**
     * What TeaCache watches, in F32, where it depends on the time alone; then it is known beforehand which steps are computed.
     *
     * @param projected whether as it was projected for the blocks
     * @return of each time; empty if it depends on the latents too: then {@link Conditioned#watched} gives it, step after step
     */
    Optional<List<float[]>> watched(double[] timesteps, boolean projected);

    /** Frees the weights. */
    @Override
    void close();
}
