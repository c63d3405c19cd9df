package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.TensorSource;
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
 * @param sources of the weights of all components; the configurations are files of the model's folder, whatever these are
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer,
        Optional<ComputeDevice> device, Optional<Residence> residence, TensorSource.Opener sources) {
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), Checkpoint::open);
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer, device, residence, sources);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer, device, residence, sources);
    }

    public LoadOptions withDevice(ComputeDevice open) {
        return new LoadOptions(dtype, threads, observer, Optional.of(open), residence, sources);
    }

    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of), device, residence, sources);
    }

    public LoadOptions withResidence(Residence of) {
        return new LoadOptions(dtype, threads, observer, device, Optional.of(of), sources);
    }

    public LoadOptions withSources(TensorSource.Opener of) {
        return new LoadOptions(dtype, threads, observer, device, residence, of);
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
