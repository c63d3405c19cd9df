package dvdquant.tensor;

/** A weight in floating point, where a device keeps such: in its own memory, or in the host's until a product needs it. */
public interface HeldWeight extends AutoCloseable {
    /**
     * {@return the weight on the device, [out, in]; valid for what is queued there before another weight is asked for}
     */
    Tensor tensor();

    @Override
    void close();

    /**
     * {@return a tensor that lies on the device already, and belongs to somebody else: to close this frees nothing}
     *
     * @param tensor [out, in]
     */
    static HeldWeight of(Tensor tensor) {
        return new OnDevice(tensor, () -> {});
    }

    /**
     * A tensor that lies on the device.
     *
     * @param tensor [out, in]
     * @param free what frees it
     */
    record OnDevice(Tensor tensor, Runnable free) implements HeldWeight {
        @Override
        public void close() {
            free.run();
        }
    }
}
