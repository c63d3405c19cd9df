package dvdquant.app.inspect;

import dvdquant.app.CommandRun;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class InspectCommandTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root"), "demo/tiny-wan");

    @TempDir
    Path folder;

    @Test
    void aModelsComponentsAreListed() {
        CommandRun run = CommandRun.of("inspect", MODEL.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("(model): WanPipeline").containsPattern("scheduler +-\n")
                .containsPattern("transformer +1 +231 +9,098,560 +18,494,080  BF16 98.4 %, F32 1.6 %")
                .containsPattern("text_encoder +1 +22 +353,024 +706,048  BF16 100.0 %")
                .containsPattern("vae +1 +146 +4,492,683 +8,985,366")
                .contains("num_attention_heads 2, attention_head_dim 128, num_layers 8");
    }

    @Test
    void aComponentsTensorsAreListed() {
        CommandRun run = CommandRun.of("inspect", MODEL.resolve("transformer").toString(), "--tensors");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("(component)")
                .containsPattern("F32 +\\[1, 6, 256] +6,144  blocks.0.scale_shift_table")
                .containsPattern("BF16 +\\[1024, 256] +524,288  blocks.7.ffn.net.0.proj.weight");
    }

    @Test
    void jsonHasTheSameNumbers() {
        CommandRun run = CommandRun.of("inspect", MODEL.toString(), "--json", "--tensors");
        var root = JsonMapper.shared().readTree(run.out());
        var transformer = root.get("components").get(3);
        assertThat(root.get("kind").stringValue()).isEqualTo("model");
        assertThat(transformer.get("name").stringValue()).isEqualTo("transformer");
        assertThat(transformer.get("weights").longValue()).isEqualTo(9_098_560);
        assertThat(transformer.get("bytes").longValue()).isEqualTo(18_494_080);
        assertThat(transformer.get("dtypes").get("BF16").longValue()
                + transformer.get("dtypes").get("F32").longValue()).isEqualTo(9_098_560);
        assertThat(transformer.get("config").get("patch_size").get(1).intValue()).isEqualTo(2);
        assertThat(transformer.get("tensors")).hasSize(231);
    }

    @Test
    void missingComponentsAreShown() throws IOException {
        Files.writeString(folder.resolve("model_index.json"),
                "{\"_class_name\": \"WanPipeline\", \"vae\": [\"diffusers\", \"AutoencoderKLWan\"], \"image_encoder\": [null, null]}");
        CommandRun run = CommandRun.of("inspect", folder.toString());
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).containsPattern("vae +missing").doesNotContain("image_encoder");
    }

    @Test
    void whatIsNoCheckpointIsRefused() throws IOException {
        refused(folder.resolve("none"), "none: no such file or folder");
        refused(folder, "neither a model folder (with model_index.json) nor that of a component");
        refused(Files.writeString(folder.resolve("notes.txt"), "hello"),
                "expected a .safetensors file, a model folder");
    }

    @Test
    void hostileFilesAreRefusedByOneSentence() throws IOException {
        refused(Files.write(folder.resolve("empty.safetensors"), new byte[0]), "empty.safetensors");
        refused(safetensors("huge.safetensors", Long.MAX_VALUE, "{}"), "huge.safetensors");
        refused(safetensors("cut.safetensors", 58,
                "{\"w\":{\"dtype\":\"F32\",\"shape\":[1000],\"data_offsets\":[0,4000]}}"),
                "cut.safetensors");
        Path model = Files.createDirectory(folder.resolve("model"));
        Files.writeString(model.resolve("model_index.json"), "{\"../../etc\": [\"a\", \"b\"]}");
        refused(model, "\"../../etc\" is no name of a component's folder");
        Files.writeString(model.resolve("model_index.json"), "[1, 2");
        refused(model, "model_index.json: not valid JSON");
        Path component = Files.createDirectory(folder.resolve("vae"));
        Files.writeString(component.resolve("config.json"), "[]");
        refused(component, "config.json: not a JSON object");
    }

    @Test
    void namesCannotPlayWithTheTerminal() throws IOException {
        String header = "{\"\\u001b[31mred\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}}";
        CommandRun run = CommandRun.of("inspect",
                safetensors("names.safetensors", header.length(), header).toString(), "--tensors");
        assertThat(run.exit()).as(run.err()).isZero();
        assertThat(run.out()).contains("?[31mred").doesNotContain("\u001b");
    }

    private Path safetensors(String name, long headerBytes, String header) throws IOException {
        byte[] json = header.getBytes(StandardCharsets.UTF_8);
        var bytes = ByteBuffer.allocate(8 + json.length).order(ByteOrder.LITTLE_ENDIAN).putLong(headerBytes).put(json);
        return Files.write(folder.resolve(name), bytes.array());
    }

    private static void refused(Path path, String message) {
        CommandRun run = CommandRun.of("inspect", path.toString());
        assertThat(run.exit()).as(path.toString()).isEqualTo(2);
        assertThat(run.err()).startsWith("dvdquant: ").contains(message);
        assertThat(run.err().lines()).hasSize(1);
        assertThat(run.out()).isEmpty();
    }
}
