package dvdquant.measure.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.measure.TinyWan;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.Patches;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.text.ClipTextConfig;
import dvdquant.models.text.LlamaConfig;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanArchitecture.PublishedWan;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

class RandomCheckpointTest {
    private static final Path HUNYUAN = TinyWan.DEMO.resolveSibling("tiny-hunyuan");

    private static final HunyuanVideoConfig SMALL = new HunyuanVideoConfig(1, 8, 1, 1, 1, 32, 16, 16, 8,
            new Patches(1, 2, 2), List.of(2, 2, 4), 256);

    @TempDir
    Path folder;

    private Path write(String name, RandomCheckpoint checkpoint) {
        Path target = folder.resolve(name);
        checkpoint.write(target, (_, _) -> {});
        return target;
    }

    /** Path within the folder → contents. */
    private static Map<String, byte[]> contents(Path root) throws IOException {
        var contents = new TreeMap<String, byte[]>();
        try (var files = Files.walk(root)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                contents.put(root.relativize(file).toString(), Files.readAllBytes(file));
            }
        }
        return contents;
    }

    @Test
    void theSameSeedGivesTheSameBytesAndAnotherDoesNot() throws IOException {
        var first = contents(write("first", TinyWan.checkpoint(ElementType.BF16, 7)));
        var second = contents(write("second", TinyWan.checkpoint(ElementType.BF16, 7)));
        var third = contents(write("third", TinyWan.checkpoint(ElementType.BF16, 8)));
        assertThat(second.keySet()).isEqualTo(first.keySet());
        String weights = "transformer/diffusion_pytorch_model.safetensors";
        first.forEach((file, bytes) -> assertThat(second.get(file)).as(file).isEqualTo(bytes));
        assertThat(third.get(weights)).isNotEqualTo(first.get(weights));
        assertThat(third.get("tokenizer/tokenizer.json")).isEqualTo(first.get("tokenizer/tokenizer.json"));
    }

    @Test
    void aComponentIsTheSameWhateverElseIsWritten() throws IOException {
        var all = contents(write("all", TinyWan.checkpoint(ElementType.BF16, 7)));
        var one = contents(write("one", new RandomCheckpoint(WanCheckpoint.of(TinyWan.ARCHITECTURE), Set.of("vae"),
                ElementType.BF16, 7, TinyWan.DEMO)));
        String file = "vae/diffusion_pytorch_model.safetensors";
        assertThat(one.get(file)).isEqualTo(all.get(file));
        assertThat(one.keySet()).noneMatch(name -> name.startsWith("transformer") || name.startsWith("tokenizer"))
                .contains("model_index.json", "scheduler/scheduler_config.json");
        assertThat(all.keySet()).contains("tokenizer/tokenizer_config.json");
    }

    @ParameterizedTest
    @EnumSource(value = ElementType.class, names = {"BF16", "F32"})
    void configurationsAndTensorsAreThoseOfTheArchitecture(ElementType type) {
        RandomCheckpoint checkpoint = TinyWan.checkpoint(type, 0);
        var progress = new AtomicLong();
        Path model = folder.resolve("model");
        checkpoint.write(model, (bytes, total) -> {
            assertThat(total).isEqualTo(checkpoint.sizeBytes());
            progress.set(bytes);
        });
        assertThat(progress.get()).isEqualTo(checkpoint.sizeBytes());

        WanConfig transformer = WanConfig.read(model.resolve("transformer"));
        assertThat(transformer).isEqualTo(TinyWan.ARCHITECTURE.transformer());
        assertThat(Umt5Config.read(model.resolve("text_encoder"))).isEqualTo(TinyWan.ARCHITECTURE.text());
        assertThat(VaeConfig.read(model.resolve("vae/config.json"))).isEqualTo(TinyWan.ARCHITECTURE.vae());
        long bytes = 0;
        for (Part part : checkpoint.architecture().parts()) {
            try (var stored = Checkpoint.open(model.resolve(part.name()))) {
                part.layout().check(stored, part.name());
                stored.tensors().forEach((name, tensor) -> assertThat(tensor.type()).as(name)
                        .isEqualTo(part.name().equals("transformer") && isKept(name) ? ElementType.F32 : type));
                bytes += stored.sizeBytes();
            }
        }
        assertThat(bytes).isEqualTo(checkpoint.sizeBytes());
    }

    static Set<PublishedWan> layouts() {
        return TinyWan.LAYOUTS.keySet();
    }

    @ParameterizedTest
    @MethodSource("layouts")
    void eachLayoutIsAModelThatOpens(PublishedWan layout) {
        WanArchitecture wan = TinyWan.LAYOUTS.get(layout);
        var checkpoint = RandomCheckpoint.whole(WanCheckpoint.of(wan), ElementType.BF16, 0, TinyWan.DEMO);
        Path model = write("model", checkpoint);
        for (Part part : checkpoint.architecture().parts()) {
            try (var stored = Checkpoint.open(model.resolve(part.name()))) {
                part.layout().check(stored, part.name());
            }
        }
        assertThat(WanConfig.read(model.resolve("transformer"))).isEqualTo(wan.transformer());
        assertThat(VaeConfig.read(model.resolve("vae/config.json"))).isEqualTo(wan.vae());
        wan.imageEncoder().ifPresent(encoder -> {
            assertThat(ClipVisionConfig.read(model.resolve("image_encoder"))).isEqualTo(encoder);
            assertThat(encoder.processor(model.resolve("image_processor")).shortestEdge())
                    .isEqualTo(encoder.imageSize());
        });
        assertThat(model.resolve("transformer_2").toFile().exists()).isEqualTo(wan.boundary().isPresent());
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults())) {
            assertThat(pipeline.images().first() != Use.NONE)
                    .isEqualTo(wan.transformer().readsCondition() || wan.expandTimesteps());
        }
    }

    @Test
    void aModelOfSeveralTextEncodersHasTheirTokenizers() {
        Path model = write("model", hunyuanVideo(SMALL));
        assertThat(HunyuanVideoConfig.read(model.resolve("transformer"))).isEqualTo(SMALL);
        assertThat(LlamaConfig.read(model.resolve("text_encoder")))
                .isEqualTo(LlamaConfig.read(HUNYUAN.resolve("text_encoder")));
        assertThat(ClipTextConfig.read(model.resolve("text_encoder_2")))
                .isEqualTo(ClipTextConfig.read(HUNYUAN.resolve("text_encoder_2")));
        assertThat(hunyuanVae(model)).isEqualTo(hunyuanVae(HUNYUAN));
        assertThat(model.resolve("tokenizer/tokenizer.json")).hasSameBinaryContentAs(
                HUNYUAN.resolve("tokenizer/tokenizer.json"));
        assertThat(model.resolve("tokenizer_2/vocab.json")).exists();
        assertThat(model.resolve("template.json")).exists();
    }

    private static RandomCheckpoint hunyuanVideo(HunyuanVideoConfig transformer) {
        return RandomCheckpoint.whole(HunyuanVideoCheckpoint.of(transformer,
                LlamaConfig.read(HUNYUAN.resolve("text_encoder")),
                ClipTextConfig.read(HUNYUAN.resolve("text_encoder_2")), hunyuanVae(HUNYUAN)), ElementType.BF16, 3,
                HUNYUAN);
    }

    private static dvdquant.models.hunyuan.vae.VaeConfig hunyuanVae(Path model) {
        return dvdquant.models.hunyuan.vae.VaeConfig.read(model.resolve("vae/config.json"));
    }

    static Stream<RandomCheckpoint> quantizable() {
        var hunyuan = new HunyuanVideoConfig(2, 64, 1, 2, 1, 512, 128, 64, 16, new Patches(1, 2, 2),
                List.of(16, 24, 24), 256);
        return Stream.of(
                RandomCheckpoint.whole(WanCheckpoint.of(TinyWan.WHOLE_QUANTIZABLE), ElementType.F32, 3, TinyWan.DEMO),
                hunyuanVideo(hunyuan));
    }

    @ParameterizedTest
    @MethodSource("quantizable")
    void aQuantizedOneIsWhatQuantizeMakesOfTheWhole(RandomCheckpoint checkpoint) throws IOException {
        Path full = write("full", checkpoint);
        Recipe method = Method.DVD_QUANT.recipe(4);
        ModelRecipe recipe = Pipelines.recipe(full, method);
        Path after = folder.resolve("after");
        CheckpointSize size = new Quantizer(recipe.recipe(), recipe.layers(), 2, false).run(full, after, (_, _) -> {});

        Path direct = folder.resolve("direct");
        assertThat(checkpoint.writeQuantized(direct, method, 1, (_, _) -> {}, () -> (_, _) -> {})).isEqualTo(size);
        var expected = contents(after);
        var written = contents(direct);
        assertThat(written.keySet()).isEqualTo(expected.keySet());
        written.forEach((file, bytes) -> assertThat(bytes).as(file).isEqualTo(expected.get(file)));
    }

    @Test
    void withoutATransformerThereIsNothingToQuantize() throws IOException {
        var vae = new RandomCheckpoint(WanCheckpoint.of(TinyWan.ARCHITECTURE), Set.of("vae"), ElementType.BF16, 0,
                TinyWan.DEMO);
        assertThatThrownBy(() -> vae.writeQuantized(folder.resolve("new"), Method.DVD_QUANT.recipe(4), 1, (_, _) -> {},
                () -> (_, _) -> {})).isInstanceOf(InputException.class)
                .hasMessage("--components vae: has nothing that is quantized, expected transformer among them");
        assertThat(folder).isEmptyDirectory();
    }

    private static boolean isKept(String name) {
        return name.contains("time_embedder.") || name.endsWith("scale_shift_table") || name.contains(".norm2.");
    }

    /** Of files of the published transformers in two bytes a weight, as ComfyUI's repackaged ones. */
    @ParameterizedTest
    @CsvSource({"T2V_1_3B, 1418996800, 2.8", "T2V_14B, 14288491584, 28.6", "I2V_14B, 16394878784, 32.8",
            "FLF2V_14B, 16395536704, 32.8", "T2V_A14B, 14288491584, 28.6", "I2V_A14B, 14288901184, 28.6",
            "TI2V_5B, 4999787712, 10.0"})
    void thePublishedTransformersHaveTheirPublishedSizes(PublishedWan model, long weights, double gigabytes) {
        long elements = model.architecture().transformer().layout().elements();
        assertThat(elements).isEqualTo(weights);
        assertThat(2 * elements / 1e9).isEqualTo(gigabytes, within(.06));
    }

    @Test
    void thePublishedModelsHaveTheirPublishedSizes() {
        // The number of weights in the published files. Llama 3: without its head, with 64 rows that LLaVA added.
        assertThat(PublishedWan.T2V_1_3B.architecture().text().layout().elements()).isEqualTo(5_680_910_336L);
        assertThat(PublishedWan.T2V_1_3B.architecture().vae().layout().elements()).isEqualTo(126_892_531L);
        assertThat(HunyuanVideoConfig.PUBLISHED.layout().elements()).isEqualTo(12_821_012_544L);
        assertThat(LlamaConfig.LLAMA_3_8B.layout().elements()).isEqualTo(7_505_186_816L);
        assertThat(ClipTextConfig.LARGE.layout().elements()).isEqualTo(123_060_480L);
    }

    @Test
    void aFullDiskAndATargetInUseAreRefusedAndNothingIsLeft() throws IOException {
        assertThatThrownBy(() -> DiskSpace.require(Path.of("out"), 5_700_000_000L, 1_240_000_000L))
                .isInstanceOf(InputException.class)
                .hasMessage("not enough disk space for out: it needs 5.7 GB, and 1.2 GB are free");
        Path used = Files.createDirectories(folder.resolve("used/file"));
        assertThatThrownBy(() -> write("used", TinyWan.checkpoint(ElementType.F32, 0)))
                .isInstanceOf(InputException.class)
                .hasMessageContaining(used.getParent() + ": it exists and is not an empty folder");
        var noTokenizer = new RandomCheckpoint(WanCheckpoint.of(TinyWan.ARCHITECTURE), Set.of("text_encoder"),
                ElementType.F32,
                0, folder.resolve("none"));
        assertThatThrownBy(() -> write("new", noTokenizer)).isInstanceOf(InputException.class)
                .hasMessageContaining("none/tokenizer: no such file or folder");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("used"));
        }
    }
}
