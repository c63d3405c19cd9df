package dvdquant.core.safetensors;

import dvdquant.core.InputException;

import java.nio.file.Path;
import java.util.SequencedMap;

/**
 * The tensors of one component of a model, wherever they come from: mapped files, files of another format, or files with an update
 * merged in. All that reads weights reads them through it. Safe for use by several threads.
 */
public interface TensorSource extends AutoCloseable {
    /** Opens a component's tensors. */
    @FunctionalInterface
    interface Opener {
        /**
         * Opens the tensors of one component.
         *
         * @param folder of the component, such as {@code MODEL/transformer}
         * @return to be closed by the caller
         * @throws InputException if it has no tensors, or none that can be read
         */
        TensorSource open(Path folder);
    }

    /**
     * The folder or file that messages name.
     *
     * @return the component's
     */
    Path place();

    /**
     * By name, in the order in which they are best read; unmodifiable.
     *
     * @return all of them
     */
    SequencedMap<String, ? extends SourceTensor> tensors();

    /**
     * A tensor by its name.
     *
     * @param name as the source calls it
     * @return the tensor
     * @throws InputException if there is none of that name
     */
    default SourceTensor tensor(String name) {
        SourceTensor tensor = tensors().get(name);
        if (tensor == null) throw new InputException(place() + ": has no tensor " + Names.quoted(name));
        return tensor;
    }

    /**
     * Of all tensors together, as they would be in a file, its header not counted.
     *
     * @return bytes
     */
    default long sizeBytes() {
        return tensors().values().stream().mapToLong(SourceTensor::sizeBytes).sum();
    }

    /**
     * Of all tensors together: the number of parameters.
     *
     * @return a number of elements
     */
    default long elements() {
        return tensors().values().stream().mapToLong(tensor -> tensor.shape().elements()).sum();
    }

    /** Its tensors cannot be read any more. */
    @Override
    void close();
}
