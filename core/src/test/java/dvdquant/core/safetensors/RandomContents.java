package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.testing.Seeds;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.function.BiConsumer;
import java.util.stream.Collectors;

import static org.assertj.core.api.Assertions.assertThat;

/** A few tensors of any type and shape, scalars and empty ones among them, with random bytes and awkward names. */
final class RandomContents {
    private static final List<String> NAMES = List.of("", "a.weight", "ä😀", "\"quoted\\", "line\nbreak", "dtype",
            "x/../y");

    private final SplittableRandom random;
    private final List<TensorSpec> specs = new ArrayList<>();
    private final Map<String, byte[]> bytes = new HashMap<>();
    private final Map<String, String> metadata = new HashMap<>();

    RandomContents(long seed) {
        random = Seeds.random(seed);
        int tensors = random.nextInt(8);
        for (int i = 0; i < tensors; i++) {
            String name = i < NAMES.size() && random.nextBoolean() ? NAMES.get(i) : "blocks." + i + ".bias";
            ElementType type = ElementType.values()[random.nextInt(ElementType.values().length)];
            long[] dims = new long[random.nextInt(4)];
            for (int axis = 0; axis < dims.length; axis++) {
                dims[axis] = random.nextInt(random.nextInt(10) == 0 ? 1 : 12);
            }
            var spec = new TensorSpec(name, type, Shape.of(dims));
            specs.add(spec);
            byte[] data = new byte[(int) spec.sizeBytes()];
            random.nextBytes(data);
            bytes.put(name, data);
        }
        if (random.nextBoolean()) metadata.putAll(Map.of("format", "pt", "ü\"", "\u0001\n"));
    }

    List<TensorSpec> specs() {
        return specs;
    }

    Map<String, String> metadata() {
        return metadata;
    }

    void writeInParts(BiConsumer<String, MemorySegment> writer) {
        for (TensorSpec spec : specs) {
            MemorySegment data = MemorySegment.ofArray(bytes.get(spec.name()));
            for (long done = 0; done < data.byteSize();) {
                long length = Math.min(data.byteSize() - done, 1 + random.nextInt(500));
                writer.accept(spec.name(), data.asSlice(done, length));
                done += length;
            }
        }
    }

    void assertSame(Map<String, StoredTensor> tensors) {
        assertThat(tensors.keySet()).isEqualTo(specs.stream().map(TensorSpec::name).collect(Collectors.toSet()));
        for (TensorSpec spec : specs) {
            StoredTensor tensor = tensors.get(spec.name());
            assertThat(tensor.type()).isEqualTo(spec.type());
            assertThat(tensor.shape()).isEqualTo(spec.shape());
            assertThat(tensor.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(bytes.get(spec.name()));
        }
    }

    /** The bytes of a whole file. */
    byte[] file() {
        FileLayout layout = FileLayout.of(specs, metadata);
        long size = layout.header().length + specs.stream().mapToLong(TensorSpec::sizeBytes).sum();
        byte[] file = Arrays.copyOf(layout.header(), (int) size);
        for (int i = 0; i < specs.size(); i++) {
            byte[] data = bytes.get(specs.get(i).name());
            System.arraycopy(data, 0, file, (int) layout.begins()[i], data.length);
        }
        return file;
    }
}
