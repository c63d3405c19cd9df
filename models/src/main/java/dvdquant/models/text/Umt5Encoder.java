package dvdquant.models.text;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.encoder.MappedEncoder;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.List;

/**
 * The UMT5 text encoder, run layer by layer ({@link MappedEncoder}).
 *
 * <p>Prompts are encoded at their own length. The reference pads them to 512 tokens and masks the padding, which comes to the
 * same: masked keys have no weight, and positions are relative.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/umt5/modeling_umt5.py">
 *      transformers, UMT5EncoderModel</a>
 */
public final class Umt5Encoder implements AutoCloseable {
    private final Umt5Config config;
    private final MappedEncoder encoder;

    private Umt5Encoder(Umt5Config config, MappedEncoder encoder) {
        this.config = config;
        this.encoder = encoder;
    }

    /**
     * @param folder {@code MODEL/text_encoder}
     * @param sources of the weights
     */
    public static Umt5Encoder open(Path folder, TensorSource.Opener sources, EncoderPrecision precision,
            ComputeDevice device) {
        Umt5Config config = Umt5Config.read(folder);
        return new Umt5Encoder(config, MappedEncoder.open(folder, config.layout(), sources, precision, device));
    }

    public int layers() {
        return config.layers();
    }

    /**
     * @param prompts token ids of each prompt
     * @return the last hidden states of each prompt, [tokens, width], in the type to compute in
     */
    public List<Tensor> encode(List<long[]> prompts, LayerListener listener) {
        List<Tensor> hidden = prompts.stream().map(ids -> encoder.rows(Umt5Config.EMBEDDING, ids)).toList();
        encoder.run(hidden, (source, i) -> Umt5Layer.load(source, config, i), config.layers(), listener);
        Tensor gain = encoder.precise(Umt5Config.FINAL_NORM);
        return hidden.stream().map(states -> encoder.device().kernels().rmsNorm(states, gain, null, config.eps()))
                .toList();
    }

    @Override
    public void close() {
        encoder.close();
    }
}
