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
 * @param text how prompts are encoded
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer,
        Optional<ComputeDevice> device, Optional<Residence> residence, TextEncoding text) {
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), TextEncoding.defaults());
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer, device, residence, text);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer, device, residence, text);
    }

    public LoadOptions withDevice(ComputeDevice open) {
        return new LoadOptions(dtype, threads, observer, Optional.of(open), residence, text);
    }

    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of), device, residence, text);
    }

    public LoadOptions withResidence(Residence of) {
        return new LoadOptions(dtype, threads, observer, device, Optional.of(of), text);
    }

    public LoadOptions with(TextEncoding encoding) {
        return new LoadOptions(dtype, threads, observer, device, residence, encoding);
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
