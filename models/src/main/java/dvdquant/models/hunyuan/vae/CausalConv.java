package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Convolution;
import dvdquant.tensor.Convolution.Input;
import dvdquant.tensor.Tensor;

/** A convolution that sees the past only. Before the first frame, and around each one, lies what is at the edge, again. */
record CausalConv(Convolution conv) implements Layer {
    @Override
    public Tensor forward(Tensor x) {
        return conv.apply(input(x));
    }

    Input input(Tensor x) {
        return Input.edged(x, conv.history());
    }
}
