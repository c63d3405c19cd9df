package dvdquant.tensor.cpu;

import dvdquant.core.machine.AvailableMemory;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.MemoryLedger;
import dvdquant.tensor.Turns;
import dvdquant.tensor.WeightStore;
import dvdquant.tensor.cpu.attention.Attention;
import dvdquant.tensor.cpu.code.MachineCode;
import dvdquant.tensor.cpu.convolution.Workspace;
import dvdquant.tensor.cpu.integer.IntegerLinear;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.cpu.machine.PerThread;
import dvdquant.tensor.cpu.machine.Workers;
import dvdquant.tensor.cpu.product.DenseLinear;
import dvdquant.tensor.natives.NativeThreads;
import org.bytedeco.dnnl.engine;
import org.bytedeco.javacpp.PointerScope;

/** The CPU, with threads of its own. */
public final class CpuDevice implements ComputeDevice {
    private final PointerScope owner;
    final engine engine;
    final InstructionSet instructions;
    final Workers workers;
    final DenseLinear dense;
    final PerThread<Workspace> workspaces = new PerThread<>(Workspace::new, Workspace::close);
    final PerThread<Attention> attentions;
    final PerThread<IntegerLinear> integerLinears;
    private final Kernels kernels;
    private final WeightStore weights;
    private final MemoryLedger memory = new MemoryLedger(AvailableMemory::bytes);
    private final Turns turns = new Turns(this::bindThread);
    private boolean open = true;

    private CpuDevice(int threads) {
        workers = new Workers(threads);
        NativeThreads.useInThisThread(threads); // before oneDNN loads: NativeThreads sets its environment
        try (var scope = new PointerScope()) {
            engine = new engine(org.bytedeco.dnnl.engine.kind.cpu, 0);
            owner = scope.extend();
        }
        instructions = InstructionSet.effective();
        if (instructions.hasAvx2()) MachineCode.requireExecutableMemory();
        dense = new DenseLinear(engine, instructions, workers);
        attentions = new PerThread<>(() -> new Attention(engine, instructions), Attention::close);
        integerLinears = new PerThread<>(() -> new IntegerLinear(engine, instructions), IntegerLinear::close);
        kernels = new CpuKernels(this);
        weights = new CpuWeights(this);
    }

    /** {@return the CPU, on as many threads as there are cores; to be closed by the caller} */
    public static CpuDevice open() {
        return open(Runtime.getRuntime().availableProcessors());
    }

    /**
     * {@return the CPU, to be closed by the caller}
     *
     * @param threads that its operations run on
     * @throws IllegalArgumentException if there is no thread to run on
     */
    public static CpuDevice open(int threads) {
        if (threads < 1) throw new IllegalArgumentException("threads: " + threads + ", expected 1 or more");
        return new CpuDevice(threads);
    }

    @Override
    public Device device() {
        return Device.CPU;
    }

    @Override
    public Abilities abilities() {
        return instructions.abilities();
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
    public Turns turns() {
        return turns;
    }

    @Override
    public int threads() {
        return workers.count();
    }

    @Override
    public void bindThread() {
        NativeThreads.useInThisThread(workers.count());
    }

    void requireOpen() {
        if (!open) throw new IllegalStateException("the device is closed");
    }

    @Override
    public void trim() {
        dense.close();
        attentions.close();
        integerLinears.close();
        workspaces.close();
    }

    @Override
    public void close() {
        if (!open) return;
        open = false;
        workers.close();
        trim();
        owner.close();
    }
}
