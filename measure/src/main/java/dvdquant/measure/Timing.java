package dvdquant.measure;

import dvdquant.tensor.ComputeDevice;

import java.util.Arrays;

/**
 * How long an operation took.
 *
 * @param shape what went into it
 * @param flops of one run; 0: not counted
 */
public record Timing(String name, String shape, double flops, double bestMillis, double medianMillis,
        double worstMillis) {
    private static final int GPU_WARM_UPS = 10;
    private static final int GPU_RUNS = 20;

    /** @param device that takes the time */
    public static Timing of(ComputeDevice device, Operation operation, int warmUps, int runs) {
        var millis = new double[runs];
        for (int i = -warmUps; i < runs; i++) {
            double took = device.milliseconds(operation.run());
            if (i >= 0) millis[i] = took;
        }
        Arrays.sort(millis);
        return new Timing(operation.name(), operation.shape(), operation.flops(), millis[0], millis[runs / 2],
                millis[runs - 1]);
    }

    /** On a CPU with as many runs as are given; on a GPU with its own. */
    public static Timing ofDevice(ComputeDevice device, Operation operation, int cpuWarmUps, int cpuRuns) {
        return device.device().isCpu() ? of(device, operation, cpuWarmUps, cpuRuns) : onGpu(device, operation);
    }

    public static Timing onGpu(ComputeDevice device, Operation operation) {
        return of(device, operation, GPU_WARM_UPS, GPU_RUNS);
    }

    public static void warmUp(ComputeDevice device, Operation operation, int runs) {
        for (int i = 0; i < runs; i++) {
            device.milliseconds(operation.run());
        }
    }

    /** Runs it for a second at least, and so often: the JIT compiles our kernels meanwhile, and memory comes from the system. */
    public static void warmUpForASecond(ComputeDevice device, Operation operation, int runs) {
        long start = System.nanoTime();
        do {
            warmUp(device, operation, runs);
        } while (System.nanoTime() - start < 1_000_000_000L);
    }

    /** Slowest run by fastest. */
    double spread() {
        return worstMillis / bestMillis;
    }

    /** GFLOP/s of the median run. */
    public double medianRate() {
        return flops / medianMillis / 1e6;
    }
}
