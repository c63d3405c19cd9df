package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;
import java.util.function.UnaryOperator;

/** A step of the encoder or the decoder: from [1, channels, frames, height, width] to the same axes in other sizes. */
sealed interface Layer
        permits CausalConv, NormSiluConv, ResidualBlock, AttentionBlock, Upsample, Downsample, ResidualLevel {
    /** May overwrite x, and return it. */
    Tensor forward(Tensor x, FeatureCache cache);

    /** Layer after layer; each value is freed once the next is there. */
    static Tensor forward(Tensor x, List<? extends Layer> layers, FeatureCache cache) {
        return TensorScope.fold(x, layers, (value, layer) -> layer.forward(value, cache));
    }

    /** Step after step; each value is freed once the next is there. */
    static Tensor chain(Tensor x, List<UnaryOperator<Tensor>> steps) {
        return TensorScope.fold(x, steps, (value, step) -> step.apply(value));
    }
}
