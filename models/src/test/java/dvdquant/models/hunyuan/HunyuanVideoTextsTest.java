package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.assertj.core.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class HunyuanVideoTextsTest {
    private static final List<String> PROMPTS = List.of("a large red circle moves right on a plain navy background",
            "a small yellow star spins in place on a checkered gray background");
    private static final int END = 652;

    private static HunyuanVideoTexts tokenized(List<String> prompts, List<String> warnings) {
        return HunyuanVideoTexts.tokenize(Golden.HUNYUAN_VIDEO, prompts, warnings::add);
    }

    @Test
    void agreesWithTheReference() {
        var warnings = new ArrayList<String>();
        var steps = new ArrayList<String>();
        try (var golden = Golden.ofHunyuanVideo(); var device = CpuDevice.open()) {
            HunyuanVideoTexts texts = tokenized(PROMPTS, warnings);
            List<Conditioning> results = texts.encode(Checkpoint::open, EncoderPrecision.of(ElementType.F32), device,
                    (done, layers) -> steps.add(done + "/" + layers));
            for (int i = 0; i < PROMPTS.size(); i++) {
                long[] ids = texts.llamaIds().get(i);
                assertThat(Arrays.copyOfRange(ids, texts.crop(), ids.length))
                        .isEqualTo(golden.longs("text." + i + ".ids"));
                assertThat(padded(texts.clipIds().get(i))).isEqualTo(golden.longs("clip." + i + ".ids"));
                var states = HunyuanVideoTexts.states(results.get(i));
                assertThat(states.shape()).isEqualTo(golden.shape("text." + i + ".hidden"));
                assertThat(RelativeError.of(states.values(), golden.floats("text." + i + ".hidden"))).isLessThan(1e-5);
                var pooled = HunyuanVideoTexts.pooled(results.get(i));
                assertThat(pooled.shape().dim(0)).isEqualTo(1);
                assertThat(RelativeError.of(pooled.values(), golden.floats("clip." + i + ".pooled"))).isLessThan(1e-5);
            }
        }
        assertThat(warnings).isEmpty();
        assertThat(steps).containsExactly("0/4", "1/4", "2/4", "3/4", "4/4");
    }

    private static long[] padded(long[] ids) {
        long[] all = Arrays.copyOf(ids, 77);
        Arrays.fill(all, ids.length, all.length, END);
        return all;
    }

    /** The end of a prompt of 300 tokens is lost to both, of one of 100 tokens to CLIP alone; that is said once. */
    @Test
    void saysWhatIsCutOff() {
        var warnings = new ArrayList<String>();
        HunyuanVideoTexts texts = tokenized(List.of("red ".repeat(100) + "star", "a star", "red ".repeat(300) + "star"),
                warnings);
        assertThat(texts.clipIds()).extracting(ids -> ids.length).containsExactly(77, 4, 77);
        assertThat(warnings).hasSize(2);
        assertThat(warnings.getFirst())
                .startsWith("the prompt is longer than 256 tokens; its end was cut off: \"red red");
        assertThat(warnings.getLast())
                .startsWith("CLIP, the second text encoder, reads 77 tokens and does not see the end of "
                        + "2 prompts, the first from \"red red")
                .endsWith(" star\" on");
    }

    @Test
    void encodingStopsBetweenLayers() {
        try (var device = CpuDevice.open()) {
            HunyuanVideoTexts texts = tokenized(PROMPTS, new ArrayList<>());
            for (int last : List.of(1, 3)) {
                assertThatThrownBy(() -> texts.encode(Checkpoint::open, EncoderPrecision.of(ElementType.F32), device,
                        (done, _) -> {
                            if (done == last) throw new CancellationException();
                        })).isInstanceOf(CancellationException.class);
            }
        }
    }

    @Test
    void aMissingEncoderIsNamedBeforeAnyRuns(@TempDir Path model) throws IOException {
        for (String part : List.of("template.json", "tokenizer", "tokenizer_2", "text_encoder")) {
            Files.createSymbolicLink(model.resolve(part), Golden.HUNYUAN_VIDEO.resolve(part).toAbsolutePath());
        }
        HunyuanVideoTexts texts = HunyuanVideoTexts.tokenize(model, PROMPTS, _ -> {});
        try (var device = CpuDevice.open()) {
            assertThatThrownBy(() -> texts.encode(Checkpoint::open, EncoderPrecision.of(ElementType.F32), device,
                    (_, _) -> Assertions.fail("a layer ran")))
                    .isInstanceOf(InputException.class)
                    .hasMessage(
                            "cannot read " + model.resolve("text_encoder_2/config.json") + ": no such file or folder");
        }
    }
}
