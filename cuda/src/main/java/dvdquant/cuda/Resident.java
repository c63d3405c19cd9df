package dvdquant.cuda;

import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Small tensors that are made once and stay on the device, by what they are of. */
final class Resident<K> implements AutoCloseable {
    private final Map<K, Owned<Tensor>> held = new HashMap<>();

    /** @param make of the tensor, in whatever scope; what it makes besides is freed with the tensor */
    Tensor get(K key, Supplier<Tensor> make) {
        return held.computeIfAbsent(key, _ -> Owned.of(make)).value();
    }

    @Override
    public void close() {
        held.values().forEach(Owned::close);
        held.clear();
    }
}
