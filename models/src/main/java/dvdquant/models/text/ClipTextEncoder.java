package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.encoder.ClipLayer;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.encoder.MappedEncoder;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

/**
 * A CLIP text model, run layer by layer ({@link MappedEncoder}) up to a prompt's end token, whose state stands for all of the prompt:
 * what comes behind it changes nothing before it.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py">transformers,
 *      CLIPTextModel</a>
 */
public final class ClipTextEncoder implements AutoCloseable {
    private final Path folder;
    private final ClipTextConfig config;
    private final MappedEncoder encoder;

    private ClipTextEncoder(Path folder, ClipTextConfig config, MappedEncoder encoder) {
        this.folder = folder;
        this.config = config;
        this.encoder = encoder;
    }

    /**
     * @param folder {@code MODEL/text_encoder_2}
     * @param sources of the weights
     */
    public static ClipTextEncoder open(Path folder, TensorSource.Opener sources, EncoderPrecision precision,
            ComputeDevice device) {
        ClipTextConfig config = ClipTextConfig.read(folder);
        return new ClipTextEncoder(folder, config,
                MappedEncoder.open(folder, config.layout(), sources, precision, device));
    }

    public int layers() {
        return config.encoder().layers();
    }

    /**
     * @param prompts token ids of each prompt
     * @return of each prompt transformers' {@code pooler_output}, the normed state of its end token, [1, width], in the type to compute in
     * @throws InputException if a prompt has no end token, or more tokens than the model has positions
     */
    public List<Tensor> encode(List<long[]> prompts, LayerListener listener) {
        List<Tensor> hidden = prompts.stream().map(this::untilEnd).map(this::embed).toList();
        encoder.run(hidden, (source, i) -> ClipLayer.load(source, config.encoder(), ClipTextConfig.PREFIX, i),
                layers(), listener);
        Tensor gain = encoder.precise(ClipTextConfig.FINAL_NORM + ".weight");
        Tensor offset = encoder.precise(ClipTextConfig.FINAL_NORM + ".bias");
        Kernels kernels = encoder.device().kernels();
        var pooled = new ArrayList<Tensor>();
        for (Tensor states : hidden) {
            Tensor end = states.narrow(0, states.dim(0) - 1, 1).contiguous();
            pooled.add(kernels.layerNorm(end, gain, offset, config.encoder().eps()));
        }
        return pooled;
    }

    private long[] untilEnd(long[] ids) {
        int end = config.end(ids);
        if (end < 0) {
            throw new InputException(folder.resolve("config.json") + ": \"eos_token_id\" is " + config.endToken()
                    + ", and the tokenizer ends a text with " + ids[ids.length - 1]
                    + ": tokenizer and text encoder do not belong together");
        }
        return Arrays.copyOf(ids, end + 1);
    }

    private Tensor embed(long[] ids) {
        if (ids.length > config.positions()) {
            throw new InputException(folder.resolve("config.json") + ": \"max_position_embeddings\" is "
                    + config.positions() + ", expected at least the " + ids.length + " tokens of the prompt");
        }
        return encoder.rows(ClipTextConfig.EMBEDDING, ids)
                .add(encoder.rows(ClipTextConfig.POSITIONS, LongStream.range(0, ids.length).toArray()));
    }

    @Override
    public void close() {
        encoder.close();
    }
}
