package dvdquant.models;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.metrics.Sqnr;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CancellationException;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Quantizes the demo model from file to file, and generates from what came out. */
@NoLeaks
class QuantizerTest {
    @TempDir
    Path folder;

    private static Recipe recipe(int bits, GroupSize group) {
        Recipe recipe = Method.DVD_QUANT.recipe(bits);
        return recipe.withWeights(recipe.weights().withGroup(group));
    }

    private Path quantize(Recipe recipe, String name) {
        Path target = folder.resolve(name);
        new Quantizer(recipe, Pipelines.quantizedLayers(Golden.MODEL), 2, true).run(Golden.MODEL.toAbsolutePath(),
                target, (_, _) -> {});
        return target;
    }

    private static Latents sample(Path model, int activationBits) {
        try (VideoPipeline pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            GenerationRequest request = pipeline.request("a large red circle moves right on a plain navy background")
                    .withSteps(12).withSeed(42).withActivations(new BitPlan.Fixed(activationBits));
            var texts = pipeline.encode(request, PipelineListener.NONE, new Cancellation());
            return pipeline.sample(request, texts, PipelineListener.NONE, new Cancellation());
        }
    }

    /** Floors a little under what was measured, for 12 steps of one prompt against diffusers in float32. */
    @ParameterizedTest
    @CsvSource({"8, 0, 8, 30", "4, 64, 8, 15", "4, 64, 4, 8", "4, 0, 8, 13", "5, 64, 8, 19", "3, 64, 8, 8"})
    void generatesFromQuantizedWeights(int bits, int group, int activationBits, double leastDb) {
        GroupSize groups = group == 0 ? new GroupSize.WholeRow() : new GroupSize.Multiples(group);
        Latents latents = sample(quantize(recipe(bits, groups), "quantized"), activationBits);
        try (var golden = new Golden()) {
            assertThat(Sqnr.db(latents.values(), golden.floats("sample.step11"))).isGreaterThan(leastDb);
        }
    }

    @Test
    void quantizesWhatTheModelSaysAndKeepsTheRest() {
        Path model = quantize(Method.DVD_QUANT.recipe(4), "quantized");
        try (var before = Checkpoint.open(Golden.MODEL.resolve("transformer"));
                var after = Checkpoint.open(model.resolve("transformer"))) {
            assertThat(QuantizedFormat.of(model.resolve("transformer")).orElseThrow().layers()).hasSize(8 * 10)
                    .contains("blocks.7.ffn.net.0.proj", "blocks.0.attn2.to_out.0").doesNotContain("proj_out");
            assertThat(after.tensors()).doesNotContainKey("blocks.0.attn1.to_q.weight").containsKeys(
                    "blocks.0.attn1.to_q.qweight", "blocks.0.attn1.to_q.scale", "blocks.0.attn1.to_q.group",
                    "blocks.0.attn1.to_q.bias");
            assertThat(after.tensor("blocks.0.ffn.net.2.qweight").shape()).hasToString("[256, 512]");
            assertThat(after.tensor("blocks.0.ffn.net.2.group").shape()).hasToString("[256, 16]");
            for (String kept : List.of("proj_out.weight", "patch_embedding.weight", "blocks.3.attn1.norm_q.weight",
                    "blocks.3.scale_shift_table")) {
                assertThat(after.tensor(kept).data().mismatch(before.tensor(kept).data())).isEqualTo(-1);
                assertThat(after.tensor(kept).type()).isEqualTo(before.tensor(kept).type());
            }
        }
        assertThat(model.resolve("vae/config.json")).exists();
    }

    /** A transformer with an image's conditioning too, which no pipeline runs yet. */
    @Test
    void quantizesWhatCannotRunYet() throws IOException {
        Path source = Golden.MODEL.resolve("transformer");
        Path transformer = Files.createDirectories(folder.resolve("image/transformer"));
        Files.copy(source.resolve("diffusion_pytorch_model.safetensors"),
                transformer.resolve("diffusion_pytorch_model.safetensors"));
        Files.writeString(transformer.resolve("config.json"), Files.readString(source.resolve("config.json"))
                .replace("\"image_dim\": null", "\"image_dim\": 1280"));
        CheckpointSize size = new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2,
                true).run(folder.resolve("image"),
                        folder.resolve("quantized"), (_, _) -> {});
        assertThat(size.layers()).isEqualTo(8 * 10);
        assertThat(size.all().weights()).isEqualTo(Pipelines.size(Golden.MODEL).all().weights());
    }

    @Test
    void givesTheSameBytesWhateverTheThreads() throws IOException {
        Path one = folder.resolve("one");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 1, true).run(
                Golden.MODEL.toAbsolutePath(), one,
                (_, _) -> {});
        Path two = quantize(Method.DVD_QUANT.recipe(4), "two");
        assertThat(Files.mismatch(one.resolve("transformer/diffusion_pytorch_model.safetensors"),
                two.resolve("transformer/diffusion_pytorch_model.safetensors"))).isEqualTo(-1);
    }

    @Test
    void patternsChooseTheLayers() {
        var components = Pipelines.quantizedLayers(Golden.MODEL);
        components.replaceAll((_, usual) -> usual.with(List.of(Pattern.compile("blocks\\.0\\..*\\.to_.*")),
                List.of(Pattern.compile(".*\\.to_out\\.0"))));
        var quantizer = new Quantizer(Method.DVD_QUANT.recipe(4), components, 2, true);
        Path target = folder.resolve("some");
        assertThat(quantizer.run(Golden.MODEL.toAbsolutePath(), target, (_, _) -> {}).layers()).isEqualTo(6);
        assertThat(QuantizedFormat.of(target.resolve("transformer")).orElseThrow().layers())
                .containsExactlyInAnyOrder("blocks.0.attn1.to_q", "blocks.0.attn1.to_k", "blocks.0.attn1.to_v",
                        "blocks.0.attn2.to_q", "blocks.0.attn2.to_k", "blocks.0.attn2.to_v");
    }

    @Test
    void whatCannotBeQuantizedIsAnErrorThatNamesIt() {
        assertThatThrownBy(() -> quantize(recipe(4, new GroupSize.Multiples(96)), "out"))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("blocks.0.attn1").hasMessageContaining("groups of 96 columns do not divide 256");
        var convolution = new Quantizer(Method.DVD_QUANT.recipe(4),
                new TreeMap<>(Map.of("transformer", LayerSelection.of("patch_embedding"))), 2, true);
        assertThatThrownBy(() -> convolution.run(Golden.MODEL, folder.resolve("out"), (_, _) -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("'patch_embedding.weight' is BF16 [256, 16, 1, 2, 2]");
        Path quantized = quantize(Method.DVD_QUANT.recipe(4), "quantized");
        var again = new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, true);
        assertThatThrownBy(() -> again.run(quantized, folder.resolve("twice"), (_, _) -> {}))
                .isInstanceOf(InputException.class)
                .hasMessageContaining("this model is quantized, expected one in full precision");
        assertThat(folder.resolve("out")).doesNotExist();
        assertThat(folder.resolve("twice")).doesNotExist();
    }

    @Test
    void aStoppedRunLeavesNothing() throws IOException {
        var quantizer = new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, true);
        assertThatThrownBy(() -> quantizer.run(Golden.MODEL, folder.resolve("out"), (done, _) -> {
            if (done > 1_000_000) throw new CancellationException("stop");
        })).isInstanceOf(CancellationException.class);
        try (var files = Files.list(folder)) {
            assertThat(files).isEmpty();
        }
    }

    @Test
    void aMultiplierThatWouldOverflowIsAnError() throws IOException {
        Path model = quantize(Method.DVD_QUANT.recipe(4), "quantized");
        Path file = model.resolve("transformer/diffusion_pytorch_model.safetensors");
        long at;
        try (var checkpoint = Checkpoint.open(model.resolve("transformer"))) {
            var tensors = checkpoint.tensors();
            long base = tensors.values().stream().mapToLong(t -> t.data().address()).min().orElseThrow();
            long dataBytes = checkpoint.sizeBytes();
            at = Files.size(file) - dataBytes + tensors.get("blocks.0.attn1.to_q.group").data().address() - base;
        }
        try (var raw = new RandomAccessFile(file.toFile(), "rw")) {
            raw.seek(at);
            raw.write(0xf0);
        }
        assertThatThrownBy(() -> sample(model, 8)).isInstanceOf(InputException.class)
                .hasMessageContaining("layer 'blocks.0.attn1.to_q', row 0, group 0: multiplier 16");
    }
}
