package dvdquant.tensor.cpu.machine;

import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.natives.TensorException;

import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.LongConsumer;
import java.util.stream.IntStream;

/** A few threads, on which native products run single-threaded, so that the threads are the parallelism. */
public final class Workers implements AutoCloseable {
    private final int count;
    private final ExecutorService threads;

    public Workers(int count) {
        this.count = count;
        this.threads = Executors.newFixedThreadPool(count, task -> {
            var thread = new Thread(task, "dvdquant-worker");
            thread.setDaemon(true);
            return thread;
        });
    }

    public int count() {
        return count;
    }

    /**
     * Runs {@code task} for 0 … {@code tasks} − 1, each on whichever thread is free, and waits until none runs any more, on an error
     * and an interrupt too: the threads write to memory that the caller may free. After a failure no further task begins.
     *
     * @throws TensorException if a task threw an exception; its errors are thrown as they are
     */
    public void forEach(long tasks, LongConsumer task) {
        var next = new AtomicLong();
        Runnable loop = () -> {
            NativeThreads.useInThisThread(1);
            for (long i = next.getAndIncrement(); i < tasks; i = next.getAndIncrement()) {
                try {
                    task.accept(i);
                } catch (RuntimeException | Error e) {
                    next.set(tasks);
                    throw e;
                }
            }
        };
        var running = IntStream.range(0, (int) Math.min(count, tasks)).<Future<?>>mapToObj(_ -> threads.submit(loop))
                .toList();
        Throwable failure = null;
        for (Future<?> thread : running) {
            Throwable reason = awaitFailure(thread);
            if (failure == null) failure = reason;
        }
        if (failure instanceof Error error) throw error;
        if (failure != null) throw new TensorException("a worker failed: " + failure.getMessage(), failure);
    }

    /** Waits for the end of a thread's loop. @return what ended it early, or null */
    private static Throwable awaitFailure(Future<?> running) {
        boolean interrupted = false;
        try {
            while (true) {
                try {
                    running.get();
                    return null;
                } catch (InterruptedException _) {
                    interrupted = true;
                } catch (ExecutionException e) {
                    return e.getCause();
                }
            }
        } finally {
            if (interrupted) Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        threads.shutdown();
    }
}
