package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/** Passes over the rows of tensors, which are shared out among threads in stretches. */
final class RowPasses {
    /** Under this many elements waking a thread costs more than it brings. */
    private static final long MIN_ELEMENTS_A_TASK = 16_384;

    private final Workers workers;

    /** @param workers borrowed */
    RowPasses(Workers workers) {
        this.workers = workers;
    }

    /**
     * A tensor of the rows that a source gives.
     *
     * @param like of the result's type and shape
     * @param sources makes a source, with the scratch memory that it needs, for each stretch
     */
    Tensor map(Tensor like, Supplier<RowSource> sources) {
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
    void write(Tensor to, Supplier<RowSource> sources) {
        MemorySegment memory = to.segment();
        ElementType type = to.type();
        int width = Math.toIntExact(to.dim(1));
        forEach(to.dim(0), width, () -> {
            RowSource source = sources.get();
            return (row, index) -> {
                source.read(row, index);
                Rows.write(row, memory, type, index * width, width);
            };
        });
    }

    /**
     * Runs a source for its effects.
     *
     * @param sources as in {@link #map}
     */
    void forEach(long rows, int width, Supplier<RowSource> sources) {
        long rowsATask = Math.max(Math.ceilDiv(MIN_ELEMENTS_A_TASK, width), Math.ceilDiv(rows, 4L * workers.count()));
        long tasks = Math.ceilDiv(rows, rowsATask);
        LongConsumer task = t -> {
            RowSource source = sources.get();
            var row = new float[width];
            for (long index = t * rowsATask; index < Math.min(rows, (t + 1) * rowsATask); index++) {
                source.read(row, index);
            }
        };
        if (tasks == 1) {
            task.accept(0);
        } else {
            workers.forEach(tasks, task);
        }
    }
}
