package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.nn.LayerObserver;
import dvdquant.models.prompts.TextEncoding;
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
 * @param text how prompts are encoded
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer,
        Optional<ComputeDevice> device, Optional<Residence> residence, TensorSource.Opener sources,
        TextEncoding text) {
    /** Weights as they stand in the model's files. */
    private static final TensorSource.Opener FILES = Checkpoint::open;

    /**
     * Checks that the options go together.
     *
     * @throws IllegalArgumentException if prompts are to be kept, which are known by the model's files, and the weights are others
     */
    public LoadOptions {
        if (sources != FILES && text.cache().isPresent()) {
            throw new IllegalArgumentException(
                    "encoded prompts are kept for the weights of files, not for other sources");
        }
    }

    /**
     * All left to the library: the CPU, its cores, the weights in the model's safetensors files.
     *
     * @return with nothing given
     */
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty(), FILES, TextEncoding.defaults());
    }

    /**
     * The same in a given type.
     *
     * @param type F32 or BF16
     * @return a copy
     */
    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer, device, residence, sources, text);
    }

    /**
     * The same on a given number of threads.
     *
     * @param count of the CPU, 1 or more
     * @return a copy
     */
    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer, device, residence, sources, text);
    }

    /**
     * The same on a device that is open.
     *
     * @param open stays its owner's
     * @return a copy
     */
    public LoadOptions withDevice(ComputeDevice open) {
        return new LoadOptions(dtype, threads, observer, Optional.of(open), residence, sources, text);
    }

    /**
     * The same, seen by an observer.
     *
     * @param of what goes into the transformer's layers
     * @return a copy
     */
    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of), device, residence, sources, text);
    }

    /**
     * The same with weights that rest in a given way.
     *
     * @param of quantized weights
     * @return a copy
     */
    public LoadOptions withResidence(Residence of) {
        return new LoadOptions(dtype, threads, observer, device, Optional.of(of), sources, text);
    }

    /**
     * The same with weights from elsewhere.
     *
     * @param of the weights of all components, such as files of another format, or files with an adapter merged in
     * @return a copy
     */
    public LoadOptions withSources(TensorSource.Opener of) {
        return new LoadOptions(dtype, threads, observer, device, residence, of, text);
    }

    /**
     * The same with prompts encoded in a given way.
     *
     * @param encoding of the prompts
     * @return a copy
     */
    public LoadOptions with(TextEncoding encoding) {
        return new LoadOptions(dtype, threads, observer, device, residence, sources, encoding);
    }

    /**
     * Whether the device is a CPU.
     *
     * @return whether it is given as one, or not given
     */
    public boolean onCpu() {
        return device.map(on -> on.device().isCpu()).orElse(true);
    }

    /**
     * Threads that the model computes with.
     *
     * @return the device's; else the given ones; else the cores
     */
    public int threadCount() {
        return device.map(ComputeDevice::threads)
                .orElseGet(() -> threads.orElse(Runtime.getRuntime().availableProcessors()));
    }
}
