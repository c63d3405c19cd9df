package dvdquant.measure.step;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.wan.ImageEmbedderConfig;
import dvdquant.models.wan.ImageParts;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanTransformer;
import dvdquant.models.wan.vae.VaeConfig;
import dvdquant.models.wan.vae.WanVae;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Optional;

/**
 * What a Wan transformer is given beside latents, all random: states of a text, and of pictures what it reads.
 *
 * @param firstFrame whether the latents of the first frame are given, whose tokens have a time of their own (TI2V-5B)
 */
record WanGiven(WanConfig config, boolean firstFrame) {
    WanGiven {
        if (firstFrame && config.readsCondition()) {
            throw noFirstFrame("this transformer reads pictures in channels of their own");
        }
        if (firstFrame && config.outChannels() != VaeConfig.WAN22.zDim()) {
            throw noFirstFrame("this transformer makes clips of texts alone");
        }
    }

    static InputException noFirstFrame(String reason) {
        return new InputException("--first-frame: " + reason + ", expected one like wan2.2-ti2v-5b");
    }

    /** The published one whose latents have as many channels as the transformer's. */
    WanVae autoencoder() {
        return new WanVae(config.outChannels() == VaeConfig.WAN22.zDim() ? VaeConfig.WAN22 : VaeConfig.WAN21);
    }

    /** @param latents [1, channels, frames, height, width] */
    Conditioning of(Shape latents) {
        try (var _ = TensorScope.open()) {
            Tensor text = Tensor.randn(1, WanTransformer.TEXT_TOKENS, config.textWidth());
            return WanTransformer.conditioning(text)
                    .and(new ImageParts(condition(latents), config.imageEmbedder().map(WanGiven::states),
                            given(latents)).conditioning());
        }
    }

    private Optional<ConditioningTensor> condition(Shape latents) {
        if (!config.readsCondition()) return Optional.empty();
        return Optional.of(ConditioningTensor.of(Tensor.randn(2, 1, config.inChannels() - config.outChannels(),
                latents.dim(2), latents.dim(3), latents.dim(4))));
    }

    private static ConditioningTensor states(ImageEmbedderConfig embedder) {
        return ConditioningTensor.of(Tensor.randn(3, embedder.tokens(), embedder.width()));
    }

    private Optional<ConditioningTensor> given(Shape latents) {
        if (!firstFrame) return Optional.empty();
        return Optional
                .of(ConditioningTensor.of(Tensor.randn(4, 1, latents.dim(1), 1, latents.dim(3), latents.dim(4))));
    }
}
