package dvdquant.measure.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.measure.TinyWan;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.wan.WanArchitecture.Wan21;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RandomCheckpointTest {
    @TempDir
    Path folder;

    private Path write(String name, RandomCheckpoint checkpoint) {
        Path target = folder.resolve(name);
        checkpoint.write(target, _ -> {});
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
        var one = contents(write("one", new RandomCheckpoint(TinyWan.ARCHITECTURE, Set.of(Component.VAE),
                ElementType.BF16, 7, TinyWan.TOKENIZER)));
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
        checkpoint.write(model, progress::set);
        assertThat(progress.get()).isEqualTo(checkpoint.sizeBytes());

        WanConfig transformer = WanConfig.read(model.resolve("transformer"));
        assertThat(transformer).isEqualTo(TinyWan.ARCHITECTURE.transformer());
        assertThat(Umt5Config.read(model.resolve("text_encoder"))).isEqualTo(TinyWan.ARCHITECTURE.text());
        assertThat(VaeConfig.read(model.resolve("vae/config.json"))).isEqualTo(TinyWan.ARCHITECTURE.vae());
        long bytes = 0;
        for (Component component : Component.values()) {
            try (var stored = Checkpoint.open(model.resolve(component.folder()))) {
                switch (component) {
                    case TRANSFORMER -> transformer.layout().check(stored, "transformer");
                    case TEXT_ENCODER -> TinyWan.ARCHITECTURE.text().layout().check(stored, "text_encoder");
                    case VAE -> TinyWan.ARCHITECTURE.vae().layout().check(stored, "vae");
                }
                stored.tensors().forEach((name, tensor) -> assertThat(tensor.type()).as(name)
                        .isEqualTo(component == Component.TRANSFORMER && isKept(name) ? ElementType.F32 : type));
                bytes += stored.sizeBytes();
            }
        }
        assertThat(bytes).isEqualTo(checkpoint.sizeBytes());
    }

    private static boolean isKept(String name) {
        return name.contains("time_embedder.") || name.endsWith("scale_shift_table") || name.contains(".norm2.");
    }

    @Test
    void thePublishedModelsHaveTheirPublishedSizes() {
        // The number of weights in the published files: 1.42, 14.29 and 5.68 billion, and 127 million.
        assertThat(Wan21.SMALL.architecture().transformer().layout().elements()).isEqualTo(1_418_996_800L);
        assertThat(Wan21.LARGE.architecture().transformer().layout().elements()).isEqualTo(14_288_491_584L);
        assertThat(Wan21.SMALL.architecture().text().layout().elements()).isEqualTo(5_680_910_336L);
        assertThat(Wan21.SMALL.architecture().vae().layout().elements()).isEqualTo(126_892_531L);
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
        var noTokenizer = new RandomCheckpoint(TinyWan.ARCHITECTURE, Set.of(Component.TEXT_ENCODER), ElementType.F32,
                0, folder.resolve("none"));
        assertThatThrownBy(() -> write("new", noTokenizer)).isInstanceOf(InputException.class)
                .hasMessageContaining("none: no such folder");
        try (var left = Files.list(folder)) {
            assertThat(left).containsExactly(folder.resolve("used"));
        }
    }
}
