package dvdquant.models.testing;

import dvdquant.core.safetensors.Checkpoint;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

import static org.assertj.core.api.Assertions.assertThat;

class RuledModelTest {
    /** Of the file's data as make_weights.py writes it. */
    private static final String DATA = "d2acce5991c9f20820935ef3b0c09686f833534f21b5066b03a5a24958acd825";

    @TempDir
    Path folder;

    @Test
    void weightsAreThoseOfTheRulesOwnProgram() throws IOException, NoSuchAlgorithmException {
        Path model = RuledModel.write("wan21-i2v", folder);
        var digest = MessageDigest.getInstance("SHA-256");
        try (var weights = Checkpoint.open(model.resolve("image_encoder"))) {
            for (var tensor : weights.tensors().values()) {
                digest.update(tensor.data().asByteBuffer());
            }
        }
        assertThat(HexFormat.of().formatHex(digest.digest())).isEqualTo(DATA);
        assertThat(Files.isDirectory(model.resolve("tokenizer"))).isTrue();
    }
}
