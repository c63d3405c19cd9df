package dvdquant.app.isa;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.Psnr;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * A clip of the demo model in the formats that instruction sets differ in, from noise to pixels, against diffusers' in float32: {@code
 * build/full} runs it on each instruction set that the machine has.
 */
@NoLeaks
class DemoClipTest {
    @TempDir
    private Path folder;

    /** Floors under what was measured: 33 and 51 dB, less where bf16 products are rounded to bf16. */
    @Test
    void withFourBitWeightsAndEightBitActivations() {
        Path quantized = folder.resolve("w4");
        new Quantizer(Method.DVD_QUANT.recipe(4), Pipelines.quantizedLayers(Golden.MODEL), 2, true).run(
                Golden.MODEL.toAbsolutePath(), quantized,
                (_, _) -> {});
        assertThat(decibels(quantized, LoadOptions.defaults())).isGreaterThan(28);
    }

    @Test
    void inBf16() {
        assertThat(decibels(Golden.MODEL, LoadOptions.defaults().withDtype(ElementType.BF16))).isGreaterThan(38);
    }

    /** PSNR of the frames, in the mean. */
    private static double decibels(Path model, LoadOptions options) {
        try (var golden = new Golden(); var pipeline = Pipelines.open(model, options)) {
            var request = pipeline.request("a large red circle moves right on a plain navy background").withSteps(12)
                    .withSeed(42).withActivations(new BitPlan.Fixed(8));
            Video clip = pipeline.generate(request, PipelineListener.NONE, new Cancellation());
            return Psnr.of(clip, frames(golden.bytes("video"), clip)).stream().mapToDouble(x -> x).average()
                    .orElseThrow();
        }
    }

    private static Video frames(byte[] bytes, Video like) {
        int size = like.frames().getFirst().length;
        List<byte[]> frames = new ArrayList<>();
        for (int at = 0; at < bytes.length; at += size) {
            frames.add(Arrays.copyOfRange(bytes, at, at + size));
        }
        return new Video(like.width(), like.height(), frames);
    }
}
