package dvdquant.app.gpu;

import dvdquant.core.format.ElementType;
import dvdquant.core.quantize.Method;
import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import dvdquant.models.Pipelines;
import dvdquant.models.nn.FiniteGuard;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.Poison;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** {@code --guard} on a GPU: no kernel hides a NaN from it. */
@Gpu
class GpuGuardTest {
    @TempDir
    private static Path folder;
    private static Path model;

    @BeforeAll
    static void quantize() {
        model = Sampled.quantized(folder, Method.DVD_QUANT);
    }

    private static LoadOptions cuda(ElementType type) {
        return Sampled.cuda(0, Gpu.Settings.of(AttentionMode.EXACT)).withDtype(type);
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void namesTheFirstLayerThatReadsANan(ElementType type) {
        try (VideoPipeline pipeline = Pipelines.open(Golden.MODEL, cuda(type).withObserver(new FiniteGuard()))) {
            Sampled clean = Sampled.of(pipeline, request -> request.withSteps(1));
            float[] noise = clean.values().clone();
            noise[noise.length / 3] = Float.NaN;
            var odd = new Latents(clean.latents().shape(), noise);
            assertThatThrownBy(() -> Sampled.of(pipeline,
                    request -> request.with(request.sampling().withSteps(1).withInitialLatents(odd))))
                    .isInstanceOf(IllegalStateException.class)
                    .hasMessage("layer 'patch_embedding' reads a NaN or Inf");
            assertThat(Sampled.of(pipeline, request -> request.withSteps(1)).values()).isEqualTo(clean.values());
        }
    }

    @ParameterizedTest
    @CsvSource({"patch_embedding, blocks.0.attn1.to_q", "blocks.2.attn1.to_q, blocks.2.attn1.to_out.0",
            "blocks.2.attn1.to_v, blocks.2.attn1.to_out.0", "blocks.2.attn1.to_out.0, blocks.2.attn2.to_q",
            "blocks.3.ffn.net.0.proj, blocks.3.ffn.net.2", "blocks.7.ffn.net.2, proj_out"})
    void namesTheLayerThatReadsWhatAQuantizedOneGave(String poisoned, String reader) {
        for (ElementType type : new ElementType[]{ElementType.F32, ElementType.BF16}) {
            try (VideoPipeline pipeline = Pipelines.open(model, cuda(type).withObserver(new Poison(poisoned)))) {
                assertThatThrownBy(() -> Sampled.of(pipeline, request -> request.withSteps(1))).as(type.toString())
                        .isInstanceOf(IllegalStateException.class)
                        .hasMessage("layer '" + reader + "' reads a NaN or Inf");
            }
        }
    }
}
