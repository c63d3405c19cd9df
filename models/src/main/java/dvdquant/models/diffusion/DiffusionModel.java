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
import java.util.OptionalDouble;
import java.util.function.Consumer;

/** A model of a family, by its configurations: makes its parts, and says how large they are. Holds no weights. */
public interface DiffusionModel {
    /** The component that predicts the flow, where there is one for all times; or else at those of much noise. */
    String TRANSFORMER = "transformer";

    /** That of the last steps, where there are two. */
    String TRANSFORMER_2 = "transformer_2";

    LatentGeometry geometry();

    Scheduler scheduler();

    AutoencoderModel autoencoder();

    /**
     * Of a model with a transformer for the first steps and another for the rest: the share of the time from which downwards the other takes
     * them; empty where there is one for all.
     */
    default OptionalDouble boundary() {
        return OptionalDouble.empty();
    }

    /**
     * The component that predicts the flow at a time. Where it is another from some step on, nothing is remembered across.
     *
     * @param timestep from {@link Scheduler#trainSteps} (noise) to 0, as the scheduler gives it
     * @param asked may give another boundary
     */
    default String transformerAt(double timestep, Sampling asked) {
        if (boundary().isEmpty()) return TRANSFORMER;
        double boundary = asked.boundary().orElseGet(boundary()::getAsDouble);
        return timestep >= boundary * scheduler().trainSteps() ? TRANSFORMER : TRANSFORMER_2;
    }

    /** How far the steps that a transformer takes go beyond the negative prompt's prediction, if the request is guided. */
    default double guidance(Sampling asked, String transformer) {
        double scale = asked.guidance().scale();
        return transformer.equals(TRANSFORMER) ? scale : asked.guidance().second().orElse(scale);
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
