package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/** A step of the encoder or the decoder: from [1, channels, frames, height, width] to the same axes in other sizes. */
sealed interface Layer permits CausalConv, NormSiluConv, ResidualBlock, AttentionBlock, Upsample {
    /** May overwrite x, and return it. */
    Tensor forward(Tensor x);

    /** Layer after layer; each value is freed once the next is there. */
    static Tensor forward(Tensor x, List<? extends Layer> layers, Runnable afterEach) {
        return TensorScope.fold(x, layers, (value, layer) -> {
            Tensor result = layer.forward(value);
            afterEach.run();
            return result;
        });
    }
}
