package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.cuda.CudaDevice;
import dvdquant.cuda.CudaSettings;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.cpu.CpuDevice;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Locale;
import java.util.OptionalInt;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** What to run on, and what only a GPU can do. */
public final class DeviceOptions {
    private static final Pattern CUDA = Pattern.compile("cuda(?::(\\d{1,3}))?");

    @Option(names = "--device", paramLabel = "cpu|cuda[:N]", defaultValue = "cpu", description = "Device to run on: the CPU, or an NVIDIA GPU of compute capability 8.0 to 9.0 (default: cpu).")
    private String device;

    @Option(names = "--attention", paramLabel = "exact|int8", description = "On a GPU: attention in the type of the model, as the paper has it, or in 8 bits by our kernel, on Hopper and from 8,192 keys on (default: exact).")
    private AttentionMode attention;

    @Option(names = "--offload", description = "On a GPU: keep the weights of the transformer's layers in the host's memory, and bring each to the GPU while the layer before it is computed.")
    private boolean offload;

    /**
     * Opens the device, for the caller to close.
     *
     * @param threads of the host
     * @throws InputException if the device is not known, or flags do not go with it
     */
    public ComputeDevice open(int threads) {
        if (isCpu()) return CpuDevice.open(threads);
        OptionalInt gpu = gpu();
        var settings = new CudaSettings(attention == null ? AttentionMode.EXACT : attention, offload, cache());
        return Flags.naming("--device " + device, () -> CudaDevice.open(gpu.getAsInt(), settings, threads));
    }

    /** @throws InputException if the device is not known, or flags do not go with it */
    public boolean isCpu() {
        if (gpu().isPresent()) return false;
        if (attention != null) throw onlyCuda("--attention " + attention.name().toLowerCase(Locale.ROOT));
        if (offload) throw onlyCuda("--offload");
        return true;
    }

    /**
     * @param found instead of weights that could stay in the host's memory
     * @throws InputException if they should
     */
    public void requireNoOffload(String found) {
        if (!offload) return;
        throw new InputException(
                "--offload: " + found + ", expected layers whose weights can stay in the host's memory");
    }

    private OptionalInt gpu() {
        if (device.equals("cpu")) return OptionalInt.empty();
        Matcher cuda = CUDA.matcher(device);
        if (!cuda.matches()) throw new InputException("--device " + device + ": unknown, expected cpu, cuda or cuda:N");
        return OptionalInt.of(cuda.group(1) == null ? 0 : Integer.parseInt(cuda.group(1)));
    }

    private InputException onlyCuda(String flag) {
        return new InputException(flag + ": expected --device cuda with it, found --device " + device);
    }

    /** Where compiled kernels are kept. */
    private static Path cache() {
        String given = System.getenv("XDG_CACHE_HOME");
        Path base = given == null || given.isBlank()
                ? Path.of(System.getProperty("user.home"), ".cache")
                : Path.of(given);
        return base.resolve("dvdquant").resolve("kernels");
    }
}
