package dvdquant.models.vision;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.encoder.ClipLayer;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.encoder.MappedEncoder;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A CLIP vision model as an image encoder, run layer by layer ({@link MappedEncoder}) up to the last layer, which is not loaded: its states
 * are for the token that stands for all of an image.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan_i2v.py">diffusers,
 *      WanImageToVideoPipeline.encode_image</a>
 */
public final class ClipVisionEncoder implements AutoCloseable {
    private final ClipVisionConfig config;
    private final ElementType type;
    private final MappedEncoder encoder;

    private ClipVisionEncoder(ClipVisionConfig config, ElementType type, MappedEncoder encoder) {
        this.config = config;
        this.type = type;
        this.encoder = encoder;
    }

    /**
     * @param folder {@code MODEL/image_encoder}
     * @param sources of the weights
     * @param type to compute in: F32 or BF16
     */
    public static ClipVisionEncoder open(Path folder, TensorSource.Opener sources, ElementType type,
            ComputeDevice device) {
        ClipVisionConfig config = ClipVisionConfig.read(folder);
        return new ClipVisionEncoder(config, type,
                MappedEncoder.open(folder, config.layout(), sources, EncoderPrecision.of(type), device));
    }

    /** That are run. */
    public int layers() {
        return config.encoder().layers() - 1;
    }

    /**
     * @param images values of each, [3, imageSize, imageSize], as {@link ClipVisionConfig#processor} makes them
     * @return of each image transformers' {@code hidden_states[-2]}, not normed, the token of all first, [tokens, width], in the type to
     *         compute in
     */
    public List<Tensor> encode(List<float[]> images, LayerListener listener) {
        List<Tensor> hidden = embed(images);
        encoder.run(hidden, (source, i) -> ClipLayer.load(source, config.encoder(), ClipVisionConfig.PREFIX, i),
                layers(), listener);
        return hidden;
    }

    private List<Tensor> embed(List<float[]> images) {
        try (var scope = TensorScope.open()) {
            var embeddings = ClipVisionEmbeddings.load(encoder.source(), config);
            var hidden = new ArrayList<Tensor>();
            for (float[] image : images) {
                hidden.add(scope.keep(embeddings.forward(image, encoder.device()).to(type)));
            }
            return hidden;
        }
    }

    @Override
    public void close() {
        encoder.close();
    }
}
