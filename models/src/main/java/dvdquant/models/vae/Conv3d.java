package dvdquant.models.vae;

import dvdquant.tensor.Tensor;

/**
 * A convolution over frames, height and width. Along height and width zeros keep the size if the stride is 1; nothing is
 * added otherwise, nor in time.
 *
 * @param weight [out, in, frames, height, width]
 * @param bias [out]
 * @param frameStride in time
 * @param pixelStride along height and along width
 */
record Conv3d(Tensor weight, Tensor bias, int frameStride, int pixelStride) {
    /** @param x [1, in, frames, height, width] */
    Tensor forward(Tensor x) {
        long padding = pixelStride == 1 ? weight.dim(4) / 2 : 0;
        return x.conv3d(weight, bias, new long[]{frameStride, pixelStride, pixelStride},
                new long[]{0, padding, padding});
    }

    /** Frames of the past that an output frame sees. */
    long history() {
        return weight.dim(2) - 1;
    }
}
