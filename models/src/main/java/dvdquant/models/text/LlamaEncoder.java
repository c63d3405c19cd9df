package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.encoder.MappedEncoder;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.List;

/**
 * A Llama model as a text encoder, run layer by layer ({@link MappedEncoder}) up to one of its last layers: what the rest would make of the
 * states is about the next token, and not loaded.
 *
 * <p>Prompts are encoded at their own length. The reference pads them on the right, which comes to the same: a token sees those before it.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/llama/modeling_llama.py">
 *      transformers, LlamaModel</a>
 */
public final class LlamaEncoder implements AutoCloseable {
    private final LlamaConfig config;
    private final MappedEncoder encoder;
    private final int layers;

    private LlamaEncoder(LlamaConfig config, MappedEncoder encoder, int layers) {
        this.config = config;
        this.encoder = encoder;
        this.layers = layers;
    }

    /**
     * @param folder {@code MODEL/text_encoder}
     * @param skipped layers at the end that are not run; 2 gives transformers' {@code hidden_states[-3]}
     * @param sources of the weights
     */
    public static LlamaEncoder open(Path folder, int skipped, TensorSource.Opener sources, EncoderPrecision precision,
            ComputeDevice device) {
        LlamaConfig config = LlamaConfig.read(folder);
        if (config.layers() <= skipped) {
            throw new InputException(folder.resolve("config.json") + ": \"num_hidden_layers\" is " + config.layers()
                    + ", expected more than the " + skipped + " that are skipped");
        }
        return new LlamaEncoder(config, MappedEncoder.open(folder, config.layout(), sources, precision, device),
                config.layers() - skipped);
    }

    /** That are run. */
    public int layers() {
        return layers;
    }

    /**
     * @param prompts token ids of each prompt
     * @return the states of each prompt behind the last layer that is run, not normed, [tokens, width], in the type to compute in
     */
    public List<Tensor> encode(List<long[]> prompts, LayerListener listener) {
        int longest = prompts.stream().mapToInt(ids -> ids.length).max().orElse(0);
        Rotary rotary = config.rope().tables(longest, config.headSize(), encoder.device().device());
        List<Tensor> hidden = prompts.stream().map(ids -> encoder.rows(LlamaConfig.EMBEDDING, ids)).toList();
        encoder.run(hidden, (source, i) -> LlamaLayer.load(source, config, i, rotary), layers, listener);
        return hidden;
    }

    @Override
    public void close() {
        encoder.close();
    }
}
