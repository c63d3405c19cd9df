package dvdquant.core.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Writes a component's configuration again, with how its weights are quantized. */
final class ConfigWriter {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ConfigWriter() {}

    static void write(Path source, QuantizedFormat format, Path target) throws IOException {
        var root = (ObjectNode) MAPPER.readTree(Files.readAllBytes(source));
        root.set(QuantizedFormat.KEY, MAPPER.valueToTree(format.toJson()));
        Files.writeString(target, MAPPER.writeValueAsString(root) + "\n");
    }
}
