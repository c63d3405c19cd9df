package dvdquant.models.vision;

import dvdquant.core.format.Shape;
import dvdquant.models.nn.LayerNorm;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.nn.Patches;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * From an image's values to the states before the first layer, in F32 whatever the layers compute in: a token of each patch behind one
 * that is the same for all images, and their positions, normed.
 *
 * @param patches [width, channels · patch · patch]: a convolution whose stride is its size
 * @param all [1, width]
 * @param positions [tokens, width]
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/clip/modeling_clip.py">transformers,
 *      CLIPVisionEmbeddings, and pre_layrnorm of CLIPVisionModel</a>
 */
record ClipVisionEmbeddings(ClipVisionConfig config, Tensor patches, Tensor all, Tensor positions, LayerNorm norm) {
    static ClipVisionEmbeddings load(LayerSource layers, ClipVisionConfig config) {
        String name = ClipVisionConfig.PREFIX + "embeddings.";
        int width = config.encoder().width();
        int patch = config.patch();
        int channels = ClipVisionConfig.CHANNELS;
        return new ClipVisionEmbeddings(config,
                layers.precise(name + "patch_embedding.weight", Shape.of(width, (long) channels * patch * patch),
                        width, channels, patch, patch),
                layers.precise(name + "class_embedding", Shape.of(1, width), width),
                layers.precise(name + "position_embedding.weight", config.tokens(), width),
                LayerNorm.load(layers, ClipVisionConfig.PREFIX + "pre_layrnorm", width)); // as the checkpoints spell it
    }

    /**
     * @param pixelValues [channels, imageSize, imageSize]
     * @return [tokens, width]
     */
    Tensor forward(float[] pixelValues, ComputeDevice device) {
        int size = config.imageSize();
        Tensor image = Tensor.ofFloats(pixelValues, 1, ClipVisionConfig.CHANNELS, 1, size, size).to(device.device());
        Tensor tokens = new Patches(1, config.patch(), config.patch()).split(image).linear(patches, null);
        Tensor states = Tensor.cat(List.of(all, tokens), 0).add(positions);
        return device.kernels().layerNorm(states, norm.weight(), norm.bias(), config.encoder().eps());
    }
}
