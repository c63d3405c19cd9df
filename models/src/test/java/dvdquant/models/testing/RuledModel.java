package dvdquant.models.testing;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;

/**
 * The small random models of {@code golden/wan-more}: their weights follow from the rule that {@code make_weights.py} states, and are
 * made by it here; text encoder and tokenizer are the demo model's. {@link Golden#ofWan} has their reference outputs.
 */
public final class RuledModel {
    private static final Path MODELS = Golden.RESOURCES.resolve("golden/wan-more");
    private static final JsonMapper JSON = JsonMapper.shared();

    private RuledModel() {}

    /**
     * Writes a model.
     *
     * @param name such as {@code wan21-i2v}
     * @param parent of its folder, which must not be there yet
     * @return its folder
     */
    public static Path write(String name, Path parent) {
        Path source = MODELS.resolve(name);
        Path model = parent.resolve(name);
        try (Stream<Path> files = Files.walk(source)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = model.resolve(source.relativize(file).toString());
                Files.createDirectories(copy.getParent());
                Files.copy(file, copy);
            }
            for (String shared : List.of("text_encoder", "tokenizer")) {
                Files.createSymbolicLink(model.resolve(shared), Golden.MODEL.resolve(shared).toAbsolutePath());
            }
            JSON.readTree(source.resolve("weights.json").toFile()).propertyStream()
                    .forEach(file -> writeWeights(name, model, file.getKey(), file.getValue()));
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static void writeWeights(String model, Path folder, String file, JsonNode tensors) {
        var specs = new ArrayList<TensorSpec>();
        for (JsonNode tensor : tensors) {
            specs.add(new TensorSpec(tensor.get(0).stringValue(), ElementType.BF16, shape(tensor.get(1))));
        }
        try (var writer = SafetensorsWriter.create(folder.resolve(file), specs, Map.of())) {
            for (int i = 0; i < specs.size(); i++) {
                TensorSpec spec = specs.get(i);
                JsonNode rule = tensors.get(i);
                writer.write(spec.name(), MemorySegment.ofArray(values(model + "/" + file + "/" + spec.name(),
                        Math.toIntExact(spec.shape().elements()), rule.get(2).doubleValue(),
                        rule.get(3).doubleValue())));
            }
            writer.commit();
        }
    }

    private static Shape shape(JsonNode dims) {
        var shape = new long[dims.size()];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = dims.get(i).longValue();
        }
        return Shape.of(shape);
    }

    /** BF16 of center ± half, by SplitMix64 from the FNV-1a hash of the key. */
    private static short[] values(String key, int count, double center, double half) {
        long state = 0xcbf29ce484222325L;
        for (byte b : key.getBytes(StandardCharsets.UTF_8)) {
            state = (state ^ (b & 0xff)) * 0x100000001b3L;
        }
        var values = new short[count];
        for (int i = 0; i < count; i++) {
            state += 0x9E3779B97F4A7C15L;
            long z = (state ^ state >>> 30) * 0xBF58476D1CE4E5B9L;
            z = (z ^ z >>> 27) * 0x94D049BB133111EBL;
            z ^= z >>> 31;
            int bits = Float.floatToRawIntBits((float) (center + half * (2 * ((z >>> 40) / 16777216.0) - 1)));
            values[i] = (short) (bits + 0x7FFF + (bits >>> 16 & 1) >>> 16);
        }
        return values;
    }
}
