package dvdquant.app.bench;

import dvdquant.models.wan.WanBlockRun.Operation;

import java.util.Arrays;

/**
 * How long an operation took.
 *
 * @param shape what went into it
 * @param flops of one run; 0: not counted
 */
public record Timing(String name, String shape, double flops, double bestMillis, double medianMillis,
        double worstMillis) {
    static Timing of(Operation operation, int warmUps, int runs) {
        warmUp(operation, warmUps);
        var millis = new double[runs];
        for (int i = 0; i < runs; i++) {
            long start = System.nanoTime();
            operation.run().run();
            millis[i] = (System.nanoTime() - start) / 1e6;
        }
        Arrays.sort(millis);
        return new Timing(operation.name(), operation.shape(), operation.flops(), millis[0], millis[runs / 2],
                millis[runs - 1]);
    }

    static void warmUp(Operation operation, int runs) {
        for (int i = 0; i < runs; i++) {
            operation.run().run();
        }
    }

    /** Runs it for a second at least, and so often: the JIT compiles our kernels meanwhile, and memory comes from the system. */
    static void warmUpForASecond(Operation operation, int runs) {
        long start = System.nanoTime();
        do {
            warmUp(operation, runs);
        } while (System.nanoTime() - start < 1_000_000_000L);
    }

    /** Slowest run by fastest. */
    double spread() {
        return worstMillis / bestMillis;
    }

    /** GFLOP/s of the best run. */
    public double bestRate() {
        return flops / bestMillis / 1e6;
    }

    /** GFLOP/s of the median run. */
    public double medianRate() {
        return flops / medianMillis / 1e6;
    }
}
