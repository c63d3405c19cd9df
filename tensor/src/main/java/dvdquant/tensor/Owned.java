package dvdquant.tensor;

import java.util.function.Supplier;

/**
 * A tensor, or what is made of tensors, that outlives the scope it was made in, such as a model's weights.
 *
 * @param <T> a tensor, or what holds some
 * @param value that is owned
 * @param owner of the tensors
 */
public record Owned<T>(T value, TensorScope.Sealed owner) implements AutoCloseable {
    /**
     * {@return a value with the tensors that it is made of, for the caller to close}
     *
     * @param <T> a tensor, or what holds some
     * @param make of the value, in a scope of its own: what it makes besides is freed with it
     */
    public static <T> Owned<T> of(Supplier<T> make) {
        try (var scope = TensorScope.open()) {
            T value = make.get();
            return new Owned<>(value, scope.seal());
        }
    }

    /** Frees the tensors, from any thread; a second call does nothing. */
    @Override
    public void close() {
        owner.close();
    }
}
