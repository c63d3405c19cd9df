package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;

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
            List<Conditioning> results = texts.encode(Checkpoint::open, ElementType.F32, device,
                    (done, layers) -> steps.add(done + "/" + layers));
            for (int i = 0; i < PROMPTS.size(); i++) {
                long[] ids = texts.llamaIds().get(i);
                assertThat(Arrays.copyOfRange(ids, texts.crop(), ids.length))
                        .isEqualTo(golden.longs("text." + i + ".ids"));
                assertThat(padded(texts.clipIds().get(i))).isEqualTo(golden.longs("clip." + i + ".ids"));
                var states = HunyuanVideoTexts.states(results.get(i));
                assertThat(golden.shape("text." + i + ".hidden").dims()).containsExactly(states.tokens(),
                        states.width());
                assertThat(RelativeError.of(states.values(), golden.floats("text." + i + ".hidden"))).isLessThan(1e-5);
                var pooled = HunyuanVideoTexts.pooled(results.get(i));
                assertThat(pooled.tokens()).isEqualTo(1);
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
}
