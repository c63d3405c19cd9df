package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerObserver;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Residence;

import java.util.Optional;

/**
 * How to load a model.
 *
 * @param dtype to compute in, F32 or BF16; empty: as {@link ComputeType} chooses
 * @param threads of the CPU, if no device is given: one has its own; empty: as many as there are cores
 * @param device to run on, which stays its owner's; empty: the CPU, opened and closed with the pipeline
 * @param residence of quantized weights; empty: as they are multiplied fastest, if they fit
 * @param observer sees what goes into the transformer's layers
 * @param promptCache where encoded prompts are kept, and found again
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer,
        Optional<ComputeDevice> device, Optional<Residence> residence, Optional<PromptCache> promptCache) {
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Optional.empty());
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer, device, residence, promptCache);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer, device, residence, promptCache);
    }

    public LoadOptions withDevice(ComputeDevice open) {
        return new LoadOptions(dtype, threads, observer, Optional.of(open), residence, promptCache);
    }

    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of), device, residence, promptCache);
    }

    public LoadOptions withResidence(Residence of) {
        return new LoadOptions(dtype, threads, observer, device, Optional.of(of), promptCache);
    }

    public LoadOptions withPromptCache(PromptCache cache) {
        return new LoadOptions(dtype, threads, observer, device, residence, Optional.of(cache));
    }

    /** Whether the device is a CPU. */
    public boolean onCpu() {
        return device.map(on -> on.device().isCpu()).orElse(true);
    }

    /** Threads that the model computes with. */
    public int threadCount() {
        return device.map(ComputeDevice::threads)
                .orElseGet(() -> threads.orElse(Runtime.getRuntime().availableProcessors()));
    }
}
