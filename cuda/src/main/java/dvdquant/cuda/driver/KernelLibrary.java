package dvdquant.cuda.driver;

import org.bytedeco.cuda.cudart.CUfunc_st;
import org.bytedeco.cuda.cudart.CUmod_st;
import org.bytedeco.cuda.global.cudart;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.IntPointer;
import org.bytedeco.javacpp.LongPointer;
import org.bytedeco.javacpp.PointerScope;
import org.bytedeco.javacpp.SizeTPointer;
import org.bytedeco.pytorch.global.torch_cuda;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The kernels that were needed so far, compiled and loaded on one GPU; shared by all who use it, by several threads at once. Lives as
 * long as the process: the driver frees it.
 */
public final class KernelLibrary {
    private static final Map<Place, KernelLibrary> OPEN = new ConcurrentHashMap<>();

    private record Place(GpuProperties device, Path cache) {}

    private record Key(KernelSource source, String name) {}

    private final GpuProperties device;
    private final KernelCache cache;
    private final Map<KernelSource, CUmod_st> modules = new HashMap<>();
    private final Map<Key, Kernel> kernels = new HashMap<>();

    private KernelLibrary(GpuProperties device, KernelCache cache) {
        this.device = device;
        this.cache = cache;
    }

    /**
     * Those of a GPU, which becomes the calling thread's.
     *
     * @param cache folder of compiled kernels
     */
    public static KernelLibrary of(GpuProperties device, Path cache) {
        KernelLibrary library = OPEN.computeIfAbsent(new Place(device, cache),
                _ -> new KernelLibrary(device, new KernelCache(cache)));
        library.bindThread();
        return library;
    }

    /** Makes the GPU the calling thread's. */
    public void bindThread() {
        // The runtime makes the context, which is libtorch's too, and this thread's; libtorch itself would wait for its first tensor.
        Driver.check(cudart.cudaSetDevice(device.index()), "cudaSetDevice(" + device.index() + ")");
        torch_cuda.set_device((byte) device.index());
    }

    public GpuProperties device() {
        return device;
    }

    /** Of the GPU's memory: what nobody has, once libtorch has given back what it keeps for later. */
    public long freeBytes() {
        torch_cuda.getAllocator().emptyCache();
        try (var free = new SizeTPointer(1); var total = new SizeTPointer(1)) {
            Driver.check(cudart.cuMemGetInfo(free, total), "cuMemGetInfo");
            return free.get();
        }
    }

    /** How long the GPU takes for work that is queued on libtorch's stream. */
    public double milliseconds(Runnable work) {
        try (var stopwatch = new Stopwatch(this)) {
            return stopwatch.milliseconds(work);
        }
    }

    public synchronized Kernel kernel(KernelSource source, String name) {
        return kernels.computeIfAbsent(new Key(source, name), this::load);
    }

    private Kernel load(Key key) {
        CUmod_st module = modules.computeIfAbsent(key.source, this::load);
        var function = new CUfunc_st();
        Driver.check(cudart.cuModuleGetFunction(function, module, key.name),
                "cuModuleGetFunction " + key.name + " of " + key.source);
        LaunchShape shape = shape(module, key);
        Driver.check(cudart.cuFuncSetAttribute(function, cudart.CU_FUNC_ATTRIBUTE_MAX_DYNAMIC_SHARED_SIZE_BYTES,
                shape.sharedBytes()), shape.sharedBytes() + " bytes of shared memory for " + key.name);
        return new Kernel(device, key.name, function, shape);
    }

    private CUmod_st load(KernelSource source) {
        byte[] code = cache.get(source, device.architecture());
        var module = new CUmod_st();
        try (var memory = new BytePointer(code)) {
            Driver.check(cudart.cuModuleLoadData(module, memory), "cuModuleLoadData of " + source);
        }
        return module;
    }

    /** What a source says of a kernel by {@code LAUNCH_SHAPE}: it knows, having computed it from its macros. */
    private static LaunchShape shape(CUmod_st module, Key key) {
        String call = key.name + "LaunchShape of " + key.source;
        var values = new int[3];
        try (var _ = new PointerScope()) {
            var address = new LongPointer(1);
            var size = new SizeTPointer(1);
            Driver.check(cudart.cuModuleGetGlobal(address, size, module, key.name + "LaunchShape"), call);
            var ints = new IntPointer(values.length);
            Driver.check(cudart.cuMemcpyDtoH(ints, address.get(), (long) values.length * Integer.BYTES), call);
            ints.get(values);
        }
        return new LaunchShape(values[0], values[1], values[2]);
    }
}
