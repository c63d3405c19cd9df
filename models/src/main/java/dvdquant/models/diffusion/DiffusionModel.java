package dvdquant.models.diffusion;

import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.pipeline.Sampling;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.schedule.Scheduler;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.LatentGeometry;

import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

/** A model of a family, by its configurations: makes its parts, and says how large they are. Holds no weights. */
public interface DiffusionModel {
    /** The component that predicts the flow, where there is one for all times. */
    String TRANSFORMER = "transformer";

    LatentGeometry geometry();

    Scheduler scheduler();

    AutoencoderModel autoencoder();

    /**
     * The component that predicts the flow at a time. Where it is another from some step on, nothing is remembered across.
     *
     * @param timestep from 1000 (noise) to 0, as the scheduler gives it
     */
    default String transformerAt(double timestep) {
        return TRANSFORMER;
    }

    /** How far the steps that a transformer takes go beyond the negative prompt's prediction, if the request is guided. */
    default double guidance(Sampling asked, String transformer) {
        return asked.guidance().scale();
    }

    /** @param component of those that {@link #transformerAt} names */
    TransformerSizes sizes(String component);

    /**
     * Loads a transformer, which closes the weights with itself.
     *
     * @param layers of the component's files
     */
    DiffusionTransformer transformer(String component, LayerLoader layers);

    /** Bytes that the largest layer of the text encoders takes, which run layer by layer. */
    long textLayerBytes(int bytesAWeight);

    /**
     * Tokenizes texts, before the device is needed.
     *
     * @param warnings told what of them the model does not see
     * @throws dvdquant.core.InputException if the tokenizers cannot be read
     */
    TokenizedTexts tokenize(List<String> texts, Consumer<String> warnings);

    /** How pictures condition its clips; empty if it makes them of texts alone. */
    default Optional<ImageConditioning> images() {
        return Optional.empty();
    }

    /**
     * TeaCache for this model, with its own threshold and habit where the option gives none.
     *
     * @throws dvdquant.core.InputException if neither has a threshold
     */
    TeaCachePlan teaCache(TeaCache option);
}
