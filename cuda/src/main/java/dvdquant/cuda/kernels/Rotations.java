package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.rotation.RotationSigns;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;

import java.lang.foreign.ValueLayout;

/** What kernels need to know of a rotation: its block, and the signs of the channels as bits on the device. */
final class Rotations implements AutoCloseable {
    private record Key(Rotation rotation, int channels) {}

    private final Device device;
    private final MadeOnce<Key, Tensor> signs = new MadeOnce<>();

    Rotations(Device device) {
        this.device = device;
    }

    /** Whether the kernels rotate so by themselves, in the same pass with the quantization. */
    static boolean isFused(Rotation rotation) {
        return switch (rotation) {
            case Rotation.None _ -> true;
            case Rotation.Blocks(int block, long _) -> block >= 32 && block <= 256;
            case Rotation.Full _ -> false;
        };
    }

    /** The macro {@code ROTATION} of quantize.cu, for a rotation that is fused. */
    static int block(Rotation rotation) {
        return rotation instanceof Rotation.Blocks(int block, long _) ? block : 0;
    }

    /** Bit k % 8 of byte k / 8 is set where channel k is negated, U8 [channels / 8]; null without a rotation. */
    Tensor negated(Rotation rotation, int channels) {
        if (!(rotation instanceof Rotation.Blocks(int _, long seed))) return null;
        rotation.forColumns(channels); // refuses channels that are not whole blocks
        return signs.get(new Key(rotation, channels), () -> {
            Tensor bits = Tensor.zeros(ElementType.U8, channels / Byte.SIZE);
            for (int k = 0; k < channels; k++) {
                if (RotationSigns.of(seed, k) > 0) continue;
                byte before = bits.segment().get(ValueLayout.JAVA_BYTE, k / Byte.SIZE);
                bits.segment().set(ValueLayout.JAVA_BYTE, k / Byte.SIZE, (byte) (before | 1 << k % Byte.SIZE));
            }
            return bits.to(device);
        });
    }

    @Override
    public void close() {
        signs.close();
    }
}
