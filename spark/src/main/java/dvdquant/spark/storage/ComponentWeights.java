package dvdquant.spark.storage;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.TensorSource;
import org.apache.hadoop.fs.Path;

import java.util.function.Function;

/**
 * A component's weights on an executor, for its tasks one by one or at once. Files that are read by ranges have their headers read once; mapped
 * ones are opened by each task, so that none stays mapped.
 */
public final class ComponentWeights {
    /** Stands for the component in messages until these reach somebody. */
    private static final java.nio.file.Path NAME = java.nio.file.Path.of("/remote-component");

    private final Storage storage;
    private final Path address;
    private TensorSource ranged;

    public ComponentWeights(Storage storage, String address) {
        this.storage = storage;
        this.address = new Path(address);
    }

    /** @throws InputException if they cannot be read, or the work finds fault with them */
    public <T> T with(Function<TensorSource, T> work) {
        var local = Storage.local(address);
        if (local.isPresent()) {
            try (TensorSource mapped = StoredFiles.open(storage, address, local.get(), local.get())) {
                return work.apply(mapped);
            }
        }
        try {
            return work.apply(ranged());
        } catch (InputException e) {
            throw new InputException(e.getMessage().replace(NAME.toString(), address.toString()), e);
        }
    }

    private synchronized TensorSource ranged() {
        if (ranged == null) ranged = StoredFiles.open(storage, address, NAME, NAME);
        return ranged;
    }
}
