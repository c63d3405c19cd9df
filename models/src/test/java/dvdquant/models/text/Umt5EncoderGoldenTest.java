package dvdquant.models.text;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.models.text.token.PromptTokenizer;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class Umt5EncoderGoldenTest {
    private static final List<String> PROMPTS = List.of("a large red circle moves right on a plain navy background",
            "a small yellow star spins in place on a checkered gray background and a large purple ring orbits the center on a "
                    + "striped teal background",
            "Hello, World!");

    @Test
    void agreesWithTransformers() {
        try (var golden = new Golden();
                var tokenizer = PromptTokenizer.open(Golden.MODEL.resolve("tokenizer"));
                var device = CpuDevice.open();
                var encoder = Umt5Encoder.open(Golden.MODEL.resolve("text_encoder"), Checkpoint::open,
                        EncoderPrecision.of(ElementType.F32), device);
                var _ = TensorScope.open()) {
            List<long[]> ids = PROMPTS.stream().map(prompt -> tokenizer.encode(prompt, _ -> {})).toList();
            List<Tensor> hidden = encoder.encode(ids, (_, _) -> {});
            for (int i = 0; i < PROMPTS.size(); i++) {
                assertThat(ids.get(i)).isEqualTo(golden.longs("text." + i + ".ids"));
                assertThat(golden.error(hidden.get(i), "text." + i + ".hidden")).isLessThan(1e-5);
            }
        }
    }
}
