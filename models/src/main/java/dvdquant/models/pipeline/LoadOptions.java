package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.models.nn.LayerObserver;

import java.util.Optional;

/**
 * How to load a model.
 *
 * @param dtype to compute in, F32 or BF16; empty: F32 up to a billion weights of the transformer, else BF16
 * @param threads empty: as many as there are cores
 * @param observer sees what goes into the transformer's layers
 */
public record LoadOptions(Optional<ElementType> dtype, Optional<Integer> threads, Optional<LayerObserver> observer) {
    public static LoadOptions defaults() {
        return new LoadOptions(Optional.empty(), Optional.empty(), Optional.empty());
    }

    public LoadOptions withDtype(ElementType type) {
        return new LoadOptions(Optional.of(type), threads, observer);
    }

    public LoadOptions withThreads(int count) {
        return new LoadOptions(dtype, Optional.of(count), observer);
    }

    public LoadOptions withObserver(LayerObserver of) {
        return new LoadOptions(dtype, threads, Optional.of(of));
    }
}
