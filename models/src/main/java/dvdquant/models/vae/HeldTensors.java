package dvdquant.models.vae;

import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;

import java.util.HashMap;
import java.util.Map;

/** Tensors that outlive the scopes of the steps between which they are carried. A new one frees the one before it. */
public final class HeldTensors<K> implements AutoCloseable {
    private final Map<K, Owned<Tensor>> held = new HashMap<>();

    /** The tensor under a key, or null; valid until the next {@link #put} under that key. */
    public Tensor get(K key) {
        Owned<Tensor> found = held.get(key);
        return found == null ? null : found.value();
    }

    /** Keeps a copy. */
    public void put(K key, Tensor tensor) {
        Owned<Tensor> previous = held.put(key, Owned.of(tensor::copy));
        if (previous != null) previous.close();
    }

    @Override
    public void close() {
        held.values().forEach(Owned::close);
        held.clear();
    }
}
