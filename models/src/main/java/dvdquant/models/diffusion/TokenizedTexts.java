package dvdquant.models.diffusion;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.tensor.ComputeDevice;

import java.util.List;

/** Texts that are about to be encoded. */
public interface TokenizedTexts {
    /** Told before the first layer, and after each, of all encoders; may throw to cancel. */
    @FunctionalInterface
    interface LayerListener {
        void afterLayer(int done, int layers);
    }

    /**
     * Loads the text encoders, runs them over all texts, and frees them.
     *
     * @param sources of the encoders' weights
     * @param precision of large encoders; small ones may compute in its type alone
     * @return of each text
     */
    List<Conditioning> encode(TensorSource.Opener sources, EncoderPrecision precision, ComputeDevice device,
            LayerListener listener);
}
