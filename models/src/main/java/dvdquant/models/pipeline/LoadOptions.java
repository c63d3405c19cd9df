package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerObserver;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Residence;

import java.util.Optional;
import java.util.function.Supplier;

/**
 * How to load a model.
 *
 * @param dtype to compute in, F32 or BF16; empty: as {@link ComputeType} chooses
 * @param threads empty: as many as there are cores
 * @param kernels makes those of the device to run on, which the pipeline closes; empty: of the CPU
 * @param residence of quantized weights; empty: as they are multiplied fastest, if they fit
 * @param observer sees what goes into the transformer's layers
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer,
        Optional<Supplier<Kernels>> kernels, Optional<Residence> residence) {
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty(), Optional.empty(),
                Optional.empty());
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer, kernels, residence);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer, kernels, residence);
    }

    public LoadOptions withKernels(Supplier<Kernels> of) {
        return new LoadOptions(dtype, threads, observer, Optional.of(of), residence);
    }

    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of), kernels, residence);
    }

    public LoadOptions withResidence(Residence of) {
        return new LoadOptions(dtype, threads, observer, kernels, Optional.of(of));
    }
}
