package dvdquant.tensor.cpu.machine;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/** What each thread has one of, made when it first asks. */
public final class PerThread<T> implements AutoCloseable {
    private final Map<Thread, T> made = new ConcurrentHashMap<>();
    private final Supplier<T> maker;
    private final Consumer<T> closer;

    public PerThread(Supplier<T> maker, Consumer<T> closer) {
        this.maker = maker;
        this.closer = closer;
    }

    public T get() {
        return made.computeIfAbsent(Thread.currentThread(), _ -> maker.get());
    }

    /** Closes them all; none is in use. */
    @Override
    public void close() {
        made.values().forEach(closer);
        made.clear();
    }
}
