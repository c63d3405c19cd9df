package dvdquant.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * Where a tensor lies and is computed with.
 *
 * @param kind of processor
 * @param index of the GPU, as the driver counts them; 0 for the CPU
 */
public record Device(Kind kind, int index) {
    /** What kind of processor it is. */
    public enum Kind {
        /** The host's. */
        CPU,
        /** An NVIDIA GPU. */
        CUDA
    }

    /** The host. */
    public static final Device CPU = new Device(Kind.CPU, 0);

    /**
     * {@return an NVIDIA GPU}
     *
     * @param index as the driver counts them, from 0
     */
    public static Device cuda(int index) {
        return new Device(Kind.CUDA, index);
    }

    /** {@return whether it is the host's own processor} */
    public boolean isCpu() {
        return kind == Kind.CPU;
    }

    org.bytedeco.pytorch.Device toLibtorch() {
        return isCpu()
                ? new org.bytedeco.pytorch.Device(torch.DeviceType.CPU)
                : new org.bytedeco.pytorch.Device(torch.DeviceType.CUDA, (byte) index);
    }

    /** As the command line writes it: {@code cpu}, {@code cuda:0}. */
    @Override
    public String toString() {
        return isCpu() ? "cpu" : "cuda:" + index;
    }
}
