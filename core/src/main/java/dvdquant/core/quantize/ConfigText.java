package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.io.Reasons;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ObjectNode;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** A component's configuration again, with how its weights are quantized. */
final class ConfigText {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private ConfigText() {}

    /** @throws InputException if it cannot be read */
    static String of(Path source, QuantizedFormat format) {
        try {
            var root = (ObjectNode) MAPPER.readTree(Files.readAllBytes(source));
            root.set(QuantizedFormat.KEY, MAPPER.valueToTree(format.toJson()));
            return MAPPER.writeValueAsString(root) + "\n";
        } catch (IOException e) {
            throw new InputException("cannot read " + source + ": " + Reasons.of(e), e);
        }
    }
}
