package dvdquant.cuda.weights;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.CopyStream;
import dvdquant.cuda.driver.PinnedMemory;
import dvdquant.tensor.Device;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Owned;
import dvdquant.tensor.Tensor;

import java.util.ArrayList;
import java.util.List;

/**
 * In pinned memory of the host. Layers are computed in the order in which they were loaded, again and again: while one is computed
 * the next is copied. Two places on the GPU take turns.
 */
public final class OffloadedStore implements LayerStore {
    private final Device device;
    private final CopyStream copies;
    private final List<Layer> layers = new ArrayList<>();
    private final List<Place> places = new ArrayList<>();

    /** Memory on the GPU for one layer at a time. */
    private static final class Place {
        final Owned<Tensor> memory;
        final CopyStream.Mark filled = new CopyStream.Mark();
        final CopyStream.Mark used = new CopyStream.Mark();
        Layer holds;

        Place(Device device, long bytes) {
            memory = Owned.of(() -> Tensor.empty(device, ElementType.U8, bytes));
        }

        void close() {
            filled.close();
            used.close();
            memory.close();
        }
    }

    private final class Layer implements Packed {
        final int index = layers.size();
        final PinnedMemory memory;

        Layer(PackedParts parts) {
            memory = new PinnedMemory(parts.bytes());
            parts.copyTo(memory.segment());
        }

        @Override
        public Tensor onDevice() {
            if (places.isEmpty()) makePlaces();
            Place place = bring(this);
            copies.kernelsAwait(place.filled);
            bring(layers.get((index + 1) % layers.size()));
            return place.memory.value();
        }

        @Override
        public long deviceBytes() {
            return 0;
        }

        @Override
        public void close() {
            layers.remove(this);
            copies.synchronize(); // one of this layer may be under way
            if (layers.isEmpty()) freePlaces(); // the next model's layers may be larger
            memory.close();
        }
    }

    public OffloadedStore(Device device) {
        this.device = device;
        this.copies = new CopyStream(device.index());
    }

    @Override
    public Packed keep(PackedParts parts) {
        if (!places.isEmpty()) throw new IllegalStateException("a layer is loaded after others were computed");
        var layer = new Layer(parts);
        layers.add(layer);
        return layer;
    }

    @Override
    public HeldWeight hold(Tensor weight) {
        ElementType type = weight.type();
        long out = weight.dim(0);
        long in = weight.dim(1);
        Packed packed = keep(PackedParts.of(weight.segment()));
        return new HeldWeight() {
            @Override
            public Tensor tensor() {
                return packed.onDevice().viewOfBytes(type, out, in);
            }

            @Override
            public void close() {
                packed.close();
            }
        };
    }

    private void makePlaces() {
        long largest = layers.stream().mapToLong(layer -> layer.memory.bytes()).max().orElseThrow();
        try {
            places.add(new Place(device, largest));
            places.add(new Place(device, largest));
        } catch (RuntimeException e) { // one place alone would be filled while it is read
            freePlaces();
            throw e;
        }
        places.forEach(place -> copies.recordKernels(place.used));
    }

    /** Starts to copy a layer to the place that was used longest ago, unless it is on the GPU or on its way. */
    private Place bring(Layer layer) {
        for (Place place : places) {
            if (place.holds == layer) return place;
        }
        Place place = places.removeFirst();
        places.addLast(place);
        copies.recordKernels(place.used); // all kernels so far, and among them those that read what lies here
        copies.await(place.used);
        copies.copy(place.memory.value().address(), layer.memory);
        copies.record(place.filled);
        place.holds = layer;
        return place;
    }

    private void freePlaces() {
        copies.synchronize();
        places.forEach(Place::close);
        places.clear();
    }

    @Override
    public void close() {
        freePlaces();
        copies.close();
    }
}
