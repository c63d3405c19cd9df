package dvdquant.cuda;

import dvdquant.tensor.TensorScope;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Small tensors, or things made of some, that are made once and stay on the device, by what they are of. */
final class Resident<K, V> implements AutoCloseable {
    private record Held<V>(V value, TensorScope.Sealed owner) {}

    private final Map<K, Held<V>> held = new HashMap<>();

    /** @param make of the tensors, in whatever scope; what it makes besides is freed with them */
    V get(K key, Supplier<V> make) {
        return held.computeIfAbsent(key, _ -> {
            try (var scope = TensorScope.open()) {
                V value = make.get();
                return new Held<>(value, scope.seal());
            }
        }).value;
    }

    @Override
    public void close() {
        held.values().forEach(each -> each.owner.close());
        held.clear();
    }
}
