package dvdquant.models.vae;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.HashMap;
import java.util.Map;

/** Tensors that outlive the scopes of the steps between which they are carried. A new one frees the one before it. */
final class HeldTensors<K> implements AutoCloseable {
    private final Map<K, Held> held = new HashMap<>();

    private record Held(Tensor tensor, TensorScope.Sealed owner) {}

    /** The tensor under a key, or null; valid until the next {@link #put} under that key. */
    Tensor get(K key) {
        Held found = held.get(key);
        return found == null ? null : found.tensor;
    }

    /** Keeps a copy. */
    void put(K key, Tensor tensor) {
        Held previous = held.put(key, hold(tensor));
        if (previous != null) previous.owner.close();
    }

    private static Held hold(Tensor tensor) {
        try (var scope = TensorScope.open()) {
            Tensor copy = tensor.copy();
            return new Held(copy, scope.seal());
        }
    }

    @Override
    public void close() {
        held.values().forEach(each -> each.owner.close());
        held.clear();
    }
}
