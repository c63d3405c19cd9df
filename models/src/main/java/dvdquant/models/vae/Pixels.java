package dvdquant.models.vae;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;

/** In what a decoded clip is kept: the decoder's values, clamped to [−1, 1], or bytes. */
public enum Pixels {
    FLOATS(ElementType.F32),
    BYTES(ElementType.U8);

    private final ElementType type;

    Pixels(ElementType type) {
        this.type = type;
    }

    public ElementType type() {
        return type;
    }

    /**
     * @param x the decoder's values
     * @throws IllegalStateException if there is a NaN or Inf among them, which would be a black pixel, or a white one
     */
    public Tensor of(Tensor x) {
        if (!x.isFinite()) throw new IllegalStateException("the VAE gave pixels that are NaN or infinite");
        try (var scope = TensorScope.open()) {
            Tensor clamped = x.clamp(-1, 1);
            return scope.keep(switch (this) {
                case FLOATS -> clamped;
                case BYTES -> clamped.add(1).multiply(127.5).round().to(type); // ties to even, as torch.round
            });
        }
    }

    /**
     * @param chunk [1, 3, frames, height, width], U8
     * @return a frame each: rows from the top, pixels from the left, red, green, blue
     */
    public static List<byte[]> toBytes(Tensor chunk) {
        try (var _ = TensorScope.open()) {
            Tensor frames = chunk.to(Device.CPU).permute(0, 2, 3, 4, 1).contiguous(); // [1, frames, height, width, 3]
            var bytes = new ArrayList<byte[]>();
            for (long f = 0; f < frames.dim(1); f++) {
                bytes.add(frames.narrow(1, f, 1).segment().toArray(ValueLayout.JAVA_BYTE));
            }
            return bytes;
        }
    }
}
