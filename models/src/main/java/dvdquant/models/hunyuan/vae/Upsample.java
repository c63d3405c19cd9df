package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Convolution.Repeats;
import dvdquant.tensor.Tensor;

/**
 * Each pixel twice along height and width, then a convolution.
 *
 * @param inTime whether each frame but the first is repeated too
 */
record Upsample(boolean inTime, CausalConv conv) implements Layer {
    @Override
    public Tensor forward(Tensor x) {
        return conv.conv().apply(conv.input(x).with(inTime ? Repeats.CLIP : Repeats.PIXELS));
    }
}
