package dvdquant.cuda;

import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** Small tensors that are made once and stay on the device, by what they are of. */
final class Resident<K> implements AutoCloseable {
    private record Held(Tensor tensor, TensorScope.Sealed owner) {}

    private final Map<K, Held> held = new HashMap<>();

    /** @param make of the tensor, in whatever scope; what it makes besides is freed with the tensor */
    Tensor get(K key, Supplier<Tensor> make) {
        return held.computeIfAbsent(key, _ -> {
            try (var scope = TensorScope.open()) {
                Tensor tensor = make.get();
                return new Held(tensor, scope.seal());
            }
        }).tensor;
    }

    @Override
    public void close() {
        held.values().forEach(each -> each.owner.close());
        held.clear();
    }
}
