package dvdquant.tensor;

import java.util.Optional;

/**
 * A device that is open. The program opens it, hands it to as many pipelines as it likes, and closes it after them: they share its
 * kernels, take turns on it, and set aside what they need of its memory. What is computed, {@link #kernels} does.
 */
public interface ComputeDevice extends AutoCloseable {
    Device device();

    /** For people and manifests, with what was chosen of it. */
    default String describe() {
        return device().toString();
    }

    /** What it computes in, and how. */
    Abilities abilities();

    /** Used by one thread at a time: in a turn, where several may. */
    Kernels kernels();

    WeightStore weights();

    /** What there is of the memory that it computes in, and who has a claim to it. */
    MemoryLedger memory();

    /** What a plan must know of a device that has memory of its own; empty if it computes in the host's. */
    default Optional<DeviceMemory> ownMemory() {
        return Optional.empty();
    }

    Turns turns();

    /** Threads of the host that its operations run on: its own affair, whatever other devices run on. */
    int threads();

    /** To be called by a thread before it uses the kernels outside of a turn, if another one opened the device. */
    void bindThread();

    /** Frees scratch memory that is kept from call to call, as before a stage that needs other such; later calls make it anew. */
    default void trim() {}

    /** How long it takes for some work that is queued on it: for benchmarks. */
    default double milliseconds(Runnable work) {
        long start = System.nanoTime();
        work.run();
        return (System.nanoTime() - start) / 1e6;
    }

    /** Frees what the kernels own. Pipelines and weights on the device are closed before. */
    @Override
    void close();
}
