package dvdquant.cuda.weights;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** On the GPU, where layers own their memory. */
public record OnDeviceStore(Device device) implements LayerStore {
    private record Layer(Owned<Tensor> memory, long deviceBytes) implements Packed {
        @Override
        public Tensor onDevice() {
            return memory.value();
        }

        @Override
        public void close() {
            memory.close();
        }
    }

    @Override
    public Packed keep(PackedParts parts) {
        return new Layer(Owned.of(() -> copy(parts)), parts.bytes());
    }

    private Tensor copy(PackedParts parts) {
        try (var scope = TensorScope.open()) {
            Tensor host = Tensor.empty(ElementType.U8, parts.bytes());
            parts.copyTo(host.segment());
            return scope.keep(host.to(device));
        }
    }

    @Override
    public HeldWeight hold(Tensor weight) {
        Owned<Tensor> copy = Owned.of(() -> weight.to(device));
        return new HeldWeight.OnDevice(copy.value(), copy::close);
    }

    @Override
    public void close() {
        // layers own their memory
    }
}
