package dvdquant.cuda.driver;

import dvdquant.core.InputException;
import dvdquant.tensor.Device;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;

import java.util.List;
import java.util.stream.IntStream;

/**
 * A GPU as the driver describes it.
 *
 * @param index as the driver counts
 * @param major of the compute capability, as {@code minor}: 9.0 is Hopper
 * @param multiprocessors of the chip
 * @param memoryBytes of the card
 * @param clockKilohertz the highest clock of the multiprocessors
 */
public record GpuProperties(int index, String name, int major, int minor, int multiprocessors, long memoryBytes,
        int clockKilohertz) {
    /** The oldest compute capability that the kernels are written for. */
    private static final int OLDEST_MAJOR = 8;

    /** All GPUs of the machine. */
    public static List<GpuProperties> all() {
        CudaLibraries.require();
        int status = cudart.cuInit(0);
        if (status == cudart.CUDA_ERROR_NO_DEVICE) return List.of();
        Driver.check(status, "cuInit");
        var count = new int[1];
        Driver.check(cudart.cuDeviceGetCount(count), "cuDeviceGetCount");
        return IntStream.range(0, count[0]).mapToObj(GpuProperties::read).toList();
    }

    /**
     * One GPU.
     *
     * @throws InputException if there is none of that index, or it or the driver is too old
     */
    public static GpuProperties of(int index) {
        List<GpuProperties> devices = all();
        CudaVersions.read().requireDriver();
        if (devices.isEmpty()) throw new InputException("the driver shows no GPU, expected one");
        if (index >= devices.size()) {
            throw new InputException("there is no GPU " + index + ", expected "
                    + (devices.size() == 1 ? "0" : "0 to " + (devices.size() - 1)));
        }
        GpuProperties device = devices.get(index);
        if (device.major < OLDEST_MAJOR || device.major > 9) {
            throw new InputException(device.describe()
                    + ", expected compute capability 8.0 to 9.0 (Ampere, Ada, Hopper)");
        }
        return device;
    }

    private static GpuProperties read(int index) {
        var device = new int[1];
        Driver.check(cudart.cuDeviceGet(device, index), "cuDeviceGet");
        var memory = new long[1];
        try (var name = new BytePointer(256); var bytes = new org.bytedeco.javacpp.SizeTPointer(1)) {
            Driver.check(cudart.cuDeviceGetName(name, 256, device[0]), "cuDeviceGetName");
            Driver.check(cudart.cuDeviceTotalMem(bytes, device[0]), "cuDeviceTotalMem");
            memory[0] = bytes.get();
            return new GpuProperties(index, Driver.text(name),
                    attribute(cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MAJOR, device[0]),
                    attribute(cudart.CU_DEVICE_ATTRIBUTE_COMPUTE_CAPABILITY_MINOR, device[0]),
                    attribute(cudart.CU_DEVICE_ATTRIBUTE_MULTIPROCESSOR_COUNT, device[0]), memory[0],
                    attribute(cudart.CU_DEVICE_ATTRIBUTE_CLOCK_RATE, device[0]));
        }
    }

    private static int attribute(int attribute, int device) {
        var value = new int[1];
        Driver.check(cudart.cuDeviceGetAttribute(value, attribute, device), "cuDeviceGetAttribute");
        return value[0];
    }

    /** Whether it has warpgroup products and the tensor copy engine. */
    public boolean isHopper() {
        return major == 9 && minor == 0;
    }

    /** What the compiler calls it: {@code sm_90a}, {@code sm_86}. */
    public String architecture() {
        return "sm_" + major + minor + (isHopper() ? "a" : "");
    }

    public Device device() {
        return Device.cuda(index);
    }

    /** {@code NVIDIA H100 80GB HBM3 (compute capability 9.0)} */
    public String describe() {
        return name + " (compute capability " + major + "." + minor + ")";
    }
}
