package dvdquant.measure.checkpoint;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.zip.CRC32C;

/**
 * The tensors of one part, made as they are read: N(0, 0.02), and 1 + N(0, 0.02) for the gains of norms.
 *
 * @param place what messages name
 */
record RandomTensors(Path place, SequencedMap<String, RandomTensor> tensors) implements TensorSource {
    private static final double DEVIATION = 0.02;

    static RandomTensors of(Part part, ElementType type, long seed, Path place) {
        var tables = new Tables();
        var tensors = new LinkedHashMap<String, RandomTensor>();
        for (TensorSpec tensor : part.tensors(type)) {
            tensors.put(tensor.name(), new RandomTensor(tensor, tables.of(tensor),
                    stream(part.name() + "/" + tensor.name(), seed), place));
        }
        return new RandomTensors(place, Collections.unmodifiableSequencedMap(tensors));
    }

    /** Where a tensor's values begin in the sequence of the generator. */
    private static long stream(String name, long seed) {
        var checksum = new CRC32C();
        checksum.update(name.getBytes(StandardCharsets.UTF_8));
        return NormalTable.splitMix(NormalTable.splitMix(seed) + checksum.getValue());
    }

    /** Not the layers that modulate a norm, which are named after it. */
    static boolean isGain(String tensor) {
        return tensor.contains("norm") && !tensor.contains(".linear.")
                && (tensor.endsWith(".weight") || tensor.endsWith(".gamma"));
    }

    @Override
    public void close() {
        // There is nothing but the tables.
    }

    /** The distributions that a checkpoint needs. */
    private static final class Tables {
        private final NormalTable weights = new NormalTable(ElementType.BF16, 0, DEVIATION);
        private final NormalTable gains = new NormalTable(ElementType.BF16, 1, DEVIATION);
        private final NormalTable weightsF32 = new NormalTable(ElementType.F32, 0, DEVIATION);
        private final NormalTable gainsF32 = new NormalTable(ElementType.F32, 1, DEVIATION);

        NormalTable of(TensorSpec tensor) {
            boolean gain = isGain(tensor.name());
            if (tensor.type() == ElementType.BF16) return gain ? gains : weights;
            return gain ? gainsF32 : weightsF32;
        }
    }

    /** @param stream of the table that its values are */
    record RandomTensor(TensorSpec spec, NormalTable table, long stream, Path file) implements SourceTensor {
        @Override
        public String name() {
            return spec.name();
        }

        @Override
        public ElementType type() {
            return spec.type();
        }

        @Override
        public Shape shape() {
            return spec.shape();
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void read(long row, float[] into) {
            table.read(into, columns(), stream, row * columns());
        }

        @Override
        public void release() {
            // It holds no memory.
        }

        @Override
        public void prefetch() {
            // It comes from no disk.
        }
    }
}
