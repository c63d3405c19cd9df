package dvdquant.measure.block;

import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.LibtorchAttention;
import dvdquant.tensor.Tensor;

import java.util.List;

/** RMSNorm of each head, and the rotary embedding of an image's tokens, by libtorch's operations. */
record HunyuanVideoNorms(LibtorchOperations libtorch) {
    static final double EPS = 1e-6;

    /**
     * @param x [tokens, width]
     * @param gain [headSize]
     * @param rotary of the first tokens, or null
     */
    Tensor of(Tensor x, Tensor gain, Rotary rotary) {
        long tokens = x.dim(0);
        Tensor normed = x.reshape(tokens, libtorch.heads(), gain.dim(0)).rmsNorm(gain.to(libtorch.type()), EPS)
                .reshape(tokens, x.dim(1));
        if (rotary == null) return normed;
        long turning = rotary.cos().dim(0);
        Tensor turned = LibtorchAttention.turned(LibtorchOperations.wide(normed.narrow(0, 0, turning)), rotary)
                .to(libtorch.type());
        return turning == tokens
                ? turned
                : Tensor.cat(List.of(turned, normed.narrow(0, turning, tokens - turning)), 0);
    }
}
