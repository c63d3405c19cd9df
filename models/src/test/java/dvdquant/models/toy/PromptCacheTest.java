package dvdquant.models.toy;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.prompts.PromptCache;
import dvdquant.models.prompts.TextEncoding;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Encoded prompts on disk: found again as long as nothing that they depend on has changed. */
@NoLeaks
class PromptCacheTest {
    @TempDir
    private Path folder;

    private Path model;
    private Path kept;
    private final List<String> warnings = new ArrayList<>();
    private int runs;

    @BeforeEach
    void write() throws IOException {
        model = ToyCheckpoint.write(folder.resolve("toy"), false);
        kept = folder.resolve("kept/prompts");
    }

    private LoadOptions options() {
        return LoadOptions.defaults().with(TextEncoding.defaults().keptIn(new PromptCache(kept, "test")));
    }

    private List<Conditioning> encoded(LoadOptions options, String... texts) {
        var listener = new PipelineListener() {
            @Override
            public void onProgress(Progress progress) {
                if (progress instanceof Progress.Encoding(int done, int _) && done == 0) runs++;
            }

            @Override
            public void onWarning(String warning) {
                warnings.add(warning);
            }
        };
        return Pipelines.alsoOf(List.of(new ToyFamily()), () -> {
            try (var pipeline = Pipelines.open(model, options)) {
                return pipeline.encode(List.of(texts), listener, new Cancellation());
            }
        });
    }

    private static void assertSame(Conditioning one, Conditioning other) {
        assertThat(one.parts().keySet()).isEqualTo(other.parts().keySet());
        one.parts().forEach((name, states) -> {
            ConditioningTensor others = other.part(name);
            assertThat(states.values()).isEqualTo(others.values());
            assertThat(states.shape()).isEqualTo(others.shape());
        });
    }

    private List<Path> files() throws IOException {
        try (Stream<Path> files = Files.list(kept)) {
            return files.toList();
        }
    }

    @Test
    void whatWasEncodedIsFoundAgain() throws IOException {
        List<Conditioning> fresh = encoded(LoadOptions.defaults(), "a ball", "", "a ball");
        List<Conditioning> first = encoded(options(), "a ball", "", "a ball");
        assertThat(runs).isEqualTo(2);
        List<Conditioning> again = encoded(options(), "a ball", "", "a ball");
        assertThat(runs).isEqualTo(2);
        for (int i = 0; i < 3; i++) {
            assertSame(first.get(i), fresh.get(i));
            assertSame(again.get(i), fresh.get(i));
        }
        assertThat(files()).hasSize(2);
        assertSame(encoded(options(), "a box", "a ball").getLast(), fresh.getFirst());
        assertThat(runs).isEqualTo(3);
        assertThat(files()).hasSize(3);
        assertThat(warnings).isEmpty();
    }

    @Test
    void otherWeightsTypesAndProgramsHaveTheirOwn() throws IOException {
        Conditioning before = encoded(options(), "a ball").getFirst();
        encoded(options().withDtype(ElementType.BF16), "a ball");
        encoded(LoadOptions.defaults().with(TextEncoding.defaults().keptIn(new PromptCache(kept, "another"))),
                "a ball");
        LoadOptions eight = options().with(options().text().inEightBits());
        encoded(eight, "a ball");
        assertThat(files()).hasSize(4);

        Path weights = model.resolve(ToyFamily.TEXT_ENCODERS.getFirst())
                .resolve("diffusion_pytorch_model.safetensors");
        byte[] bytes = Files.readAllBytes(weights);
        bytes[bytes.length - 3] ^= 1;
        Files.write(weights, bytes);
        Conditioning after = encoded(options(), "a ball").getFirst();
        assertThat(files()).hasSize(5);
        assertThat(after.parts().keySet()).isEqualTo(before.parts().keySet());

        Files.writeString(model.resolve("template.json"), "{}");
        encoded(options(), "a ball");
        assertThat(runs).isEqualTo(6);
        Files.writeString(model.resolve("transformer/config.json"),
                Files.readString(model.resolve("transformer/config.json")) + " ");
        encoded(options(), "a ball"); // which texts do not depend on
        assertThat(runs).isEqualTo(6);
    }

    @Test
    void aDamagedFileIsMadeAnewAndSaid() throws IOException {
        Conditioning fresh = encoded(options(), "a ball").getFirst();
        Path file = files().getFirst();
        byte[] whole = Files.readAllBytes(file);
        byte[] flipped = whole.clone();
        flipped[flipped.length - 5] ^= 4;
        for (byte[] damaged : List.of(flipped, new byte[0], Arrays.copyOf(whole, whole.length - 1))) {
            Files.write(file, damaged);
            warnings.clear();
            assertSame(encoded(options(), "a ball").getFirst(), fresh);
            assertThat(warnings).singleElement().asString()
                    .startsWith("a kept prompt cannot be used and is encoded anew: " + file);
            assertThat(Files.readAllBytes(file)).isEqualTo(whole);
        }
    }

    @Test
    void anotherTextsFileIsNotTaken() throws IOException {
        encoded(options(), "a ball");
        Path ball = files().getFirst();
        encoded(options(), "a box");
        Path box = files().stream().filter(file -> !file.equals(ball)).findFirst().orElseThrow();
        byte[] right = Files.readAllBytes(box);
        Files.write(box, Files.readAllBytes(ball));
        encoded(options(), "a box");
        assertThat(warnings).singleElement().asString().contains("was made of something else");
        assertThat(Files.readAllBytes(box)).isEqualTo(right);
    }

    @Test
    void aPlaceThatIsNoFolderIsKnownBeforeAnythingRuns() throws IOException {
        Files.createDirectories(kept.getParent());
        Files.writeString(kept, "");
        assertThatThrownBy(() -> encoded(options(), "a ball")).isInstanceOf(InputException.class)
                .hasMessage("cannot make the folder " + kept + " for encoded prompts: it exists and is not a folder");
        assertThat(runs).isZero();
    }
}
