package dvdquant.core.quantize;

import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.SplittableRandom;
import java.util.concurrent.CancellationException;

/**
 * Has the JVM compile the loops that quantize, on rows of noise, while a model is opened and its header read. Until they are compiled
 * they are hundreds of times slower, and the compiler needs a core more than they do. Small groups, since a method is compiled as it is
 * called often: one that is called seldom and loops long is first compiled as it runs, for one use, which takes as long.
 */
final class WarmUp {
    private static final int ROWS = 8;
    private static final int GROUP = 8;
    /** So that a row is two tiles of groups, the second not full: a path not taken before is compiled anew when it is. */
    private static final int GROUPS = 24;
    /** Compiled they take a tenth of this. */
    private static final double NANOS_A_WEIGHT = 100;
    /** A JVM that has not compiled them by then will not: it interprets, or is short of time. */
    private static final long MOST_NANOS = 3_000_000_000L;

    private final Thread thread;
    private volatile boolean compiled;

    private WarmUp(WeightScheme scheme) {
        this.thread = Thread.ofPlatform().daemon().name("dvdquant-warm-up").unstarted(() -> run(quantizer(scheme)));
    }

    static WarmUp start(WeightScheme scheme) {
        var warmUp = new WarmUp(scheme);
        warmUp.thread.start();
        return warmUp;
    }

    /** For rows that are as short as the rotation allows. */
    static RowQuantizer quantizer(WeightScheme scheme) {
        int group = scheme.rotation() instanceof Rotation.Blocks(int block, long _)
                ? Math.max(GROUP, block / GROUP)
                : GROUP;
        return new RowQuantizer(group * GROUPS, switch (scheme.group()) {
            case GroupSize.WholeRow _ -> scheme;
            case GroupSize.Multiples _ -> scheme.withGroup(new GroupSize.Multiples(group));
            case GroupSize.Free _ -> scheme.withGroup(new GroupSize.Free(group));
        });
    }

    private void run(RowQuantizer quantizer) {
        int columns = quantizer.columns();
        var random = new SplittableRandom(0);
        var noise = new float[ROWS * columns];
        for (int i = 0; i < noise.length; i++) {
            noise[i] = random.nextFloat() - random.nextFloat();
        }
        var row = new float[columns];
        long begin = System.nanoTime();
        while (!compiled && System.nanoTime() - begin < MOST_NANOS) {
            long start = System.nanoTime();
            for (int r = 0; r < ROWS; r++) {
                System.arraycopy(noise, r * columns, row, 0, columns);
                quantizer.quantize(row, 0);
            }
            compiled = System.nanoTime() - start < NANOS_A_WEIGHT * noise.length;
        }
    }

    /**
     * Waits until it is over.
     *
     * @return whether the loops are compiled
     * @throws CancellationException if this thread is interrupted
     */
    boolean await() {
        try {
            thread.join();
            return compiled;
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while the JVM compiled");
        }
    }
}
