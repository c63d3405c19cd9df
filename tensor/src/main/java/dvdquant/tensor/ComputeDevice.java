package dvdquant.tensor;

import java.util.Optional;

/**
 * A device that is open. The program opens it, hands it to as many pipelines as it likes, and closes it after them: they share its
 * kernels, take turns on it, and set aside what they need of its memory. What is computed, {@link #kernels} does.
 */
public interface ComputeDevice extends AutoCloseable {
    /** {@return where its tensors lie} */
    Device device();

    /** {@return what it is, for people and manifests, with what was chosen of it} */
    default String describe() {
        return device().toString();
    }

    /** {@return what it computes in, and how} */
    Abilities abilities();

    /**
     * {@return what it computes}
     * Used by one thread at a time: in a turn, where several may.
     */
    Kernels kernels();

    /** {@return where the weights of layers rest for it} */
    WeightStore weights();

    /** {@return what there is of the memory that it computes in, and who has a claim to it} */
    MemoryLedger memory();

    /** {@return what a plan must know of a device that has memory of its own; empty if it computes in the host's} */
    default Optional<DeviceMemory> ownMemory() {
        return Optional.empty();
    }

    /** {@return the turns that several threads take on it} */
    Turns turns();

    /** {@return threads of the host that its operations run on: its own affair, whatever other devices run on} */
    int threads();

    /** To be called by a thread before it uses the kernels outside of a turn, if another one opened the device. */
    void bindThread();

    /** Frees scratch memory that is kept from call to call, as before a stage that needs other such; later calls make it anew. */
    default void trim() {}

    /**
     * {@return how long some work takes that is queued on it: for benchmarks}
     *
     * @param work done once
     */
    default double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Frees what the kernels own. Pipelines and weights on the device are closed before. */
    @Override
    void close();
}
