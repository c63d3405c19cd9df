package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.weights.LayerStore;
import dvdquant.cuda.weights.OffloadedStore;
import dvdquant.cuda.weights.OnDeviceStore;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.DeviceMemory;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.MemoryLedger;
import dvdquant.tensor.Turns;
import dvdquant.tensor.WeightStore;
import dvdquant.tensor.natives.NativeThreads;

import java.util.Optional;

/** An NVIDIA GPU. Work is queued on libtorch's current stream. */
public final class CudaDevice implements ComputeDevice {
    /** The context, libtorch's and cuBLAS's code and workspaces. */
    private static final long BASE_BYTES = 1L << 30;

    private final CudaSettings settings;
    private final KernelLibrary library;
    private final int threads;
    private final LayerStore store;
    private final CudaKernels kernels;
    private final WeightStore weights;
    private final MemoryLedger memory;
    private final Turns turns = new Turns(this::bindThread);
    private boolean open = true;

    private CudaDevice(GpuProperties gpu, CudaSettings settings, int threads, boolean warpgroups) {
        this.settings = settings;
        this.library = KernelLibrary.of(gpu, settings.cache());
        this.threads = threads;
        this.store = settings.offload() ? new OffloadedStore(gpu.device()) : new OnDeviceStore(gpu.device());
        this.kernels = new CudaKernels(this, settings.attention(), library, warpgroups);
        this.weights = new CudaWeights(this, store);
        this.memory = new MemoryLedger(library::freeBytes);
        NativeThreads.useInThisThread(threads);
    }

    /**
     * {@return one GPU, with as many threads of the host as that has cores; to be closed by the caller}
     *
     * @param index as the driver counts
     * @param settings what is chosen of it
     * @throws InputException as below
     */
    public static CudaDevice open(int index, CudaSettings settings) {
        return open(index, settings, Runtime.getRuntime().availableProcessors());
    }

    /**
     * Opens one GPU.
     *
     * @param index as the driver counts
     * @param settings what is chosen of it
     * @param threads of the host, for what is done there
     * @return the GPU, to be closed by the caller
     * @throws InputException if there is no such GPU, it is not supported, it cannot do what the settings ask for, or a
     *        library is missing
     */
    public static CudaDevice open(int index, CudaSettings settings, int threads) {
        GpuProperties gpu = GpuProperties.of(index);
        if (settings.attention() == AttentionMode.INT8 && !gpu.isHopper()) {
            throw new InputException("attention int8: " + gpu.describe()
                    + ", expected compute capability 9.0 (Hopper); attention exact runs on it");
        }
        return new CudaDevice(gpu, settings, threads, gpu.isHopper());
    }

    /** Multiplies as Ampere and Ada do, on any GPU: to test that. */
    static CudaDevice withoutWarpgroups(int index, CudaSettings settings) {
        return new CudaDevice(GpuProperties.of(index), settings, Runtime.getRuntime().availableProcessors(), false);
    }

    @Override
    public Device device() {
        return library.device().device();
    }

    @Override
    public String describe() {
        return device() + " " + library.device().name() + ", " + switch (settings.attention()) {
            case EXACT -> "exact attention";
            case INT8 -> "int8 attention from " + CudaKernels.LEAST_INT8_KEYS + " keys on";
        } + (settings.offload() ? ", weights offloaded" : "");
    }

    @Override
    public Abilities abilities() {
        var own = new Abilities.Products(true, "tensor cores");
        return new Abilities(library.device().describe(), 0, own, own);
    }

    @Override
    public Kernels kernels() {
        return kernels;
    }

    @Override
    public WeightStore weights() {
        return weights;
    }

    @Override
    public MemoryLedger memory() {
        return memory;
    }

    @Override
    public Optional<DeviceMemory> ownMemory() {
        return Optional.of(new DeviceMemory(BASE_BYTES, !settings.offload()));
    }

    @Override
    public Turns turns() {
        return turns;
    }

    @Override
    public int threads() {
        return threads;
    }

    @Override
    public void bindThread() {
        NativeThreads.useInThisThread(threads);
        library.bindThread();
    }

    @Override
    public double milliseconds(Runnable work) {
        return library.milliseconds(work);
    }

    void requireOpen() {
        if (!open) throw new IllegalStateException("the device is closed");
    }

    @Override
    public void close() {
        if (!open) return;
        open = false;
        kernels.free();
        store.close();
    }
}
