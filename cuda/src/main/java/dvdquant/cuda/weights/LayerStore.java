package dvdquant.cuda.weights;

import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Tensor;

/** Where the weights of layers rest, and how they come to the GPU when one is computed. */
public sealed interface LayerStore extends AutoCloseable permits OnDeviceStore, OffloadedStore {
    /** The weights of one layer, as bytes. */
    interface Packed extends AutoCloseable {
        /** U8 [bytes] on the GPU, valid for kernels that are queued before the next layer is asked for. */
        Tensor onDevice();

        /** Bytes of the GPU's memory that are this layer's alone. */
        long deviceBytes();

        @Override
        void close();
    }

    Packed keep(PackedParts parts);

    /** @param weight [out, in], in the host's memory */
    HeldWeight hold(Tensor weight);

    @Override
    void close();
}
