package dvdquant.tensor;

import org.bytedeco.pytorch.global.torch;

/**
 * Where a tensor lies and is computed with.
 *
 * @param index of the GPU, as the driver counts them; 0 for the CPU
 */
public record Device(Kind kind, int index) {
    /** What kind of processor it is. */
    public enum Kind {
        CPU,
        CUDA
    }

    /** The host. */
    public static final Device CPU = new Device(Kind.CPU, 0);

    /** An NVIDIA GPU. */
    public static Device cuda(int index) {
        return new Device(Kind.CUDA, index);
    }

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
