package dvdquant.tensor;

import dvdquant.tensor.natives.NativeThreads;
import org.bytedeco.javacpp.PointerScope;

import java.util.List;
import java.util.function.BiFunction;
import java.util.function.Function;

/**
 * Owns the tensors made while it is the innermost scope of its thread, and frees them when it closes. Native memory is invisible
 * to the garbage collector, so every tensor needs a scope:
 *
 * <pre>{@code
 * try (var scope = TensorScope.open()) {
 *     Tensor hidden = x.multiply(gain).add(offset);
 *     return scope.keep(hidden.softmax(-1)); // all but this is freed here, on an error too
 * }
 * }</pre>
 *
 * A method that returns a tensor gives it to its caller's scope; arguments are borrowed. Confined to the thread that opened it.
 */
public final class TensorScope implements AutoCloseable {
    static {
        NativeThreads.prepare();
    }

    private final Thread owner = Thread.currentThread();
    private final PointerScope enclosing = PointerScope.getInnerScope();
    private final PointerScope scope = new PointerScope();
    /** Whether it is on its thread's stack: neither closed nor sealed. */
    private boolean open = true;

    private TensorScope() {}

    /** {@return a scope of the calling thread, within that which was innermost before; closed before that} */
    public static TensorScope open() {
        return new TensorScope();
    }

    /**
     * Moves a tensor of this scope to the enclosing one.
     *
     * @param tensor made in this scope
     * @return the tensor
     * @throws WrongThreadException if another thread opened this scope
     * @throws IllegalStateException if there is no enclosing scope
     */
    public Tensor keep(Tensor tensor) {
        requireOwner();
        if (enclosing == null) throw new IllegalStateException("no enclosing scope to keep a tensor in");
        enclosing.attach(tensor.nativeTensor());
        return tensor;
    }

    /**
     * Applies the steps one after the other, each in a scope of its own, and frees each intermediate value: the peak is two
     * values. {@code initial} stays with its owner; the result belongs to the caller's scope.
     *
     * @param <T> what a step is
     * @param initial what the first step is applied to; of no steps it is the result
     * @param steps in order
     * @param step makes the next value of the last one
     * @return the last value
     */
    public static <T> Tensor fold(Tensor initial, List<T> steps, BiFunction<Tensor, T, Tensor> step) {
        return fold(initial, steps, step, List::of);
    }

    /**
     * {@return the last value, where a value is several tensors, which may come from one step to the next as they are}
     *
     * @param <S> what a value is
     * @param <T> what a step is
     * @param initial what the first step is applied to
     * @param steps in order
     * @param step makes the next value of the last one
     * @param tensors of a value
     */
    public static <S, T> S fold(S initial, List<T> steps, BiFunction<S, T, S> step, Function<S, List<Tensor>> tensors) {
        PointerScope outer = PointerScope.getInnerScope();
        List<Tensor> borrowed = tensors.apply(initial);
        List<Tensor> held = borrowed;
        S current = initial;
        for (T s : steps) {
            List<Tensor> made;
            try (var scope = open()) {
                current = step.apply(current, s);
                made = tensors.apply(current);
                for (Tensor tensor : made) {
                    if (!held.contains(tensor) && !borrowed.contains(tensor)) scope.keep(tensor);
                }
            }
            for (Tensor tensor : held) {
                if (!borrowed.contains(tensor) && !made.contains(tensor)) outer.detach(tensor.nativeTensor());
            }
            held = made;
        }
        return current;
    }

    /**
     * Takes this scope off the thread's stack without freeing its tensors: nothing made later can land in it.
     *
     * @return the owner of the tensors, whose {@code close} frees them, from any thread
     * @throws WrongThreadException if another thread opened this scope
     * @throws IllegalStateException if it is closed or sealed, or a scope opened later is still open
     */
    public Sealed seal() {
        requireInnermost();
        open = false;
        scope.extend();
        scope.close();
        return new Sealed(scope);
    }

    /**
     * Frees the tensors; does nothing if this is closed or sealed already.
     *
     * @throws WrongThreadException if another thread opened this scope
     * @throws IllegalStateException if a scope opened later is still open
     */
    @Override
    public void close() {
        requireOwner();
        if (!open) return;
        requireInnermost();
        open = false;
        scope.close();
    }

    private void requireOwner() {
        if (Thread.currentThread() == owner) return;
        throw new WrongThreadException("scope opened by " + owner.getName() + ", used by "
                + Thread.currentThread().getName());
    }

    private void requireInnermost() {
        requireOwner();
        if (!open) throw new IllegalStateException("scope is closed");
        if (PointerScope.getInnerScope() != scope) throw new IllegalStateException("scopes closed out of order");
    }

    /** Tensors that outlive the scope they were made in, such as a model's weights. */
    public static final class Sealed implements AutoCloseable {
        private final PointerScope scope;

        private Sealed(PointerScope scope) {
            this.scope = scope;
        }

        /** Frees the tensors; a second call does nothing. */
        @Override
        public void close() {
            scope.close();
        }
    }
}
