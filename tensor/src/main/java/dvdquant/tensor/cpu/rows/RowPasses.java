package dvdquant.tensor.cpu.rows;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.machine.Workers;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** Passes over the rows of tensors, which are shared out among threads in stretches. */
public final class RowPasses {
    /** Under this many elements waking a thread costs more than it brings. */
    private static final long MIN_ELEMENTS_A_STRETCH = 16_384;

    private final Workers workers;

    /** What is done for a row, with memory for its values. */
    interface RowTask {
        /** @param row of undefined content */
        void run(float[] row, long index);
    }

    /** @param workers borrowed */
    public RowPasses(Workers workers) {
        this.workers = workers;
    }

    /**
     * A tensor of the rows that a source gives.
     *
     * @param like of the result's type and shape
     * @param sources makes a source, with the scratch memory that it needs, for each stretch
     */
    public Tensor map(Tensor like, Supplier<RowSource> sources) {
        Tensor result = Tensor.empty(like.type(), like.dim(0), like.dim(1));
        write(result, sources);
        return result;
    }

    /**
     * Writes the rows that a source gives.
     *
     * @param to may be what the source reads, row by row
     * @param sources as in {@link #map}
     */
    public void write(Tensor to, Supplier<RowSource> sources) {
        MemorySegment memory = to.segment();
        ElementType type = to.type();
        int width = Math.toIntExact(to.dim(1));
        forEach(to.dim(0), width, () -> {
            RowSource source = sources.get();
            return (row, index) -> {
                source.read(row, index);
                FloatMemory.write(row, memory, type, index * width, width);
            };
        });
    }

    /**
     * Does something for each row.
     *
     * @param tasks makes what is done, with the scratch memory that it needs, for each stretch
     */
    void forEach(long rows, int width, Supplier<RowTask> tasks) {
        long rowsAStretch = Math.max(Math.ceilDiv(MIN_ELEMENTS_A_STRETCH, width),
                Math.ceilDiv(rows, 4L * workers.count()));
        long stretches = Math.ceilDiv(rows, rowsAStretch);
        LongConsumer run = stretch -> {
            RowTask task = tasks.get();
            var row = new float[width];
            for (long index = stretch * rowsAStretch; index < Math.min(rows, (stretch + 1) * rowsAStretch); index++) {
                task.run(row, index);
            }
        };
        if (stretches == 1) {
            run.accept(0);
        } else {
            workers.forEach(stretches, run);
        }
    }
}
