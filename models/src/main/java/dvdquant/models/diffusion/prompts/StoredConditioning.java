package dvdquant.models.diffusion.prompts;

import dvdquant.core.InputException;
import dvdquant.core.contents.Contents;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** A {@link Conditioning} in a safetensors file: its parts by name, what they were made of, and a digest of them. */
final class StoredConditioning {
    private static final String MADE_OF = "made_of";
    private static final String DIGEST = "digest";
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private StoredConditioning() {}

    /** @throws InputException if it cannot be written */
    static void write(Path file, Conditioning made, Fingerprint of) {
        var parts = new TreeMap<>(made.parts());
        List<TensorSpec> specs = parts.entrySet().stream().map(part -> new TensorSpec(part.getKey(), ElementType.F32,
                part.getValue().shape())).toList();
        List<MemorySegment> data = parts.values().stream().map(StoredConditioning::bytes).toList();
        try (var writer = SafetensorsWriter.create(file, specs,
                Map.of(MADE_OF, of.text(), DIGEST, digest(specs, data)))) {
            for (int i = 0; i < specs.size(); i++) {
                writer.write(specs.get(i).name(), data.get(i));
            }
            writer.commit();
        }
    }

    /** @throws InputException if it cannot be read, is damaged, or was made of something else */
    static Conditioning read(Path file, Fingerprint of) {
        try (var stored = SafetensorsFile.open(file)) {
            if (!of.text().equals(stored.metadata().get(MADE_OF))) {
                throw new InputException(file + ": was made of something else, expected an encoded prompt");
            }
            var tensors = new TreeMap<>(stored.tensors());
            List<TensorSpec> specs = tensors.values().stream()
                    .map(tensor -> new TensorSpec(tensor.name(), tensor.type(), tensor.shape())).toList();
            String digest = digest(specs, tensors.values().stream().map(StoredTensor::data).toList());
            if (!digest.equals(stored.metadata().get(DIGEST))) {
                throw new InputException(file + ": is damaged, expected the values that were written");
            }
            var parts = new HashMap<String, ConditioningTensor>();
            tensors.forEach((name, tensor) -> parts.put(name, part(tensor)));
            return new Conditioning(parts);
        }
    }

    private static String digest(List<TensorSpec> specs, List<MemorySegment> data) {
        return specs + " " + Contents.of(data);
    }

    private static MemorySegment bytes(ConditioningTensor part) {
        MemorySegment bytes = MemorySegment.ofArray(new byte[part.values().length * Float.BYTES]);
        MemorySegment.copy(part.values(), 0, bytes, FLOAT, 0, part.values().length);
        return bytes;
    }

    private static ConditioningTensor part(StoredTensor tensor) {
        return new ConditioningTensor(tensor.shape(), tensor.data().toArray(FLOAT));
    }
}
