package dvdquant.cuda.kernels;

import dvdquant.tensor.Owned;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Small tensors, or things made of some, that are made once and stay on the device, by what they are of. */
final class MadeOnce<K, V> implements AutoCloseable {
    private final Map<K, Owned<V>> held = new HashMap<>();

    /** @param make of the tensors, in whatever scope; what it makes besides is freed with them */
    V get(K key, Supplier<V> make) {
        return held.computeIfAbsent(key, _ -> Owned.of(make)).value();
    }

    @Override
    public void close() {
        held.values().forEach(Owned::close);
        held.clear();
    }
}
