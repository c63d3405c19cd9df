package dvdquant.models.pipeline;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.core.safetensors.TensorSpec;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;

import static java.util.stream.Collectors.joining;

/**
 * A clip in the VAE's latent space, as the sampler has it: standard-normal noise before the first step, normalized latents after
 * the last.
 *
 * @param shape [1, channels, frames, height, width]
 * @param values in row-major order
 */
public record Latents(Shape shape, float[] values) {
    private static final String NAME = "latents";
    /** Of the tensors of another file, in an error. */
    private static final int SHOWN = 3;

    /**
     * Checks that values and shape fit each other.
     *
     * @throws IllegalArgumentException if they do not, or the shape is of no one clip
     */
    public Latents {
        if (shape.rank() != 5 || shape.dim(0) != 1 || shape.elements() != values.length) {
            throw new IllegalArgumentException(values.length + " latents of shape " + shape
                    + ", expected [1, channels, frames, height, width]");
        }
    }

    /**
     * Reads the one F32 tensor {@code latents} of a safetensors file.
     *
     * @param path of the file
     * @return what it holds
     * @throws InputException if the file holds something else, or values that are not finite
     */
    public static Latents read(Path path) {
        try (var file = SafetensorsFile.open(path)) {
            if (!file.tensors().containsKey(NAME)) {
                throw new InputException(
                        path + ": holds " + shortened(file.tensors().keySet()) + ", expected the tensor 'latents'");
            }
            StoredTensor stored = file.tensor(NAME);
            Shape shape = stored.shape();
            if (stored.type() != ElementType.F32 || shape.rank() != 5 || shape.dim(0) != 1 || shape.elements() == 0) {
                throw new InputException(path + ": tensor 'latents' is " + stored.type() + " " + shape
                        + ", expected F32 [1, channels, frames, height, width]");
            }
            if (shape.elements() > Integer.MAX_VALUE - 8) {
                throw new InputException(
                        path + ": tensor 'latents' has " + shape.elements() + " values, expected a clip's");
            }
            float[] values = stored.data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
            for (int i = 0; i < values.length; i++) {
                if (!Float.isFinite(values[i])) {
                    throw new InputException(path + ": tensor 'latents' holds " + values[i] + " at element " + i
                            + ", expected finite values");
                }
            }
            return new Latents(shape, values);
        }
    }

    /**
     * Writes them so that {@link #read} reads them.
     *
     * @param path of the file, which appears when it is whole
     * @param metadata how they were made
     * @throws InputException if it cannot be written
     */
    public void write(Path path, Map<String, String> metadata) {
        try (var writer = SafetensorsWriter.create(path, List.of(new TensorSpec(NAME, ElementType.F32, shape)),
                metadata)) {
            MemorySegment native32 = Arena.ofAuto().allocate(values.length * 4L, 4);
            MemorySegment.copy(values, 0, native32, ValueLayout.JAVA_FLOAT, 0, values.length);
            writer.write(NAME, native32);
            writer.commit();
        }
    }

    private static String shortened(Set<String> names) {
        String first = names.stream().limit(SHOWN).collect(joining(", "));
        return names.size() <= SHOWN ? "'" + first + "'" : first + " and " + (names.size() - SHOWN) + " more tensors";
    }
}
