package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.SourceTensor;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Future;

/**
 * Shares the rows of weights out among threads, which belong to somebody else.
 *
 * @param threads that run them, closed by their owner
 */
public record RowTasks(ExecutorService threads) {
    private static final int ROWS_A_TASK = 64;

    /**
     * What is done to some rows.
     *
     * @param <T> of what comes of it
     */
    @FunctionalInterface
    public interface Rows<T> {
        /**
         * Works on rows.
         *
         * @param first row
         * @param last the first row that is the next task's
         * @return what came of it
         */
        T run(int first, int last);
    }

    /**
     * Has the rows of a weight [out, in] worked on, and waits for them.
     *
     * @param <T> of what comes of some rows
     * @param weight whose rows they are
     * @param work on some rows
     * @return what came of it, in the rows' order, so that nothing made of it depends on the threads
     * @throws InputException if the rows cannot be used: of theirs, or with the message of their IllegalArgumentException
     * @throws CancellationException if this thread is interrupted
     */
    public <T> List<T> run(SourceTensor weight, Rows<T> work) {
        return run(weight, 0, Math.toIntExact(weight.shape().dim(0)), work);
    }

    /** The same of some rows only. */
    <T> List<T> run(SourceTensor weight, int firstRow, int rows, Rows<T> work) {
        var tasks = new ArrayList<Future<T>>();
        for (int row = firstRow; row < firstRow + rows; row += ROWS_A_TASK) {
            int first = row;
            int last = Math.min(firstRow + rows, row + ROWS_A_TASK);
            tasks.add(threads.submit(() -> work.run(first, last)));
        }
        var results = new ArrayList<T>();
        for (Future<T> task : tasks) {
            results.add(await(task, weight));
        }
        return results;
    }

    private static <T> T await(Future<T> task, SourceTensor weight) {
        try {
            return task.get();
        } catch (ExecutionException e) {
            switch (e.getCause()) {
                case InputException cause -> throw cause;
                case CancellationException cause -> throw cause;
                case IllegalArgumentException cause -> throw new InputException(weight.file() + ": tensor '"
                        + weight.name() + "' cannot be quantized: " + cause.getMessage(), cause);
                default -> throw new IllegalStateException("work on '" + weight.name() + "' failed", e.getCause());
            }
        } catch (InterruptedException _) {
            Thread.currentThread().interrupt();
            throw new CancellationException("interrupted while working on '" + weight.name() + "'");
        }
    }
}
