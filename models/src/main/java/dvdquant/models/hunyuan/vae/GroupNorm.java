package dvdquant.models.hunyuan.vae;

import dvdquant.tensor.Convolution.Activation;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;

/** The channels of a group normed together, over all pixels of all frames that are there: those of a tile, not of the clip. */
record GroupNorm(Kernels.GroupNorm norm, Kernels kernels) {
    static final double EPS = 1e-6;

    Tensor forward(Tensor x) {
        return x.groupNorm(norm.groups(), norm.gain(), norm.offset(), norm.eps());
    }

    /** With SiLU, as a convolution does it while it reads. */
    Activation silu(Tensor x) {
        return kernels.groupNorm(x, norm);
    }
}
