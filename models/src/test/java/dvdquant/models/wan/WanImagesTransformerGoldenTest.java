package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

/** The first forward of each layout against diffusers', given what its encoders made of the pictures. */
@NoLeaks
class WanImagesTransformerGoldenTest {
    private static final List<String> TEXTS = List.of("a large red circle moves right on a plain navy background",
            "blurry");

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v", "wan22-i2v-a14b", "wan22-t2v-a14b", "wan22-ti2v-5b",
            "wan22-ti2v-5b-image"})
    void theFirstForwardAgreesWithDiffusers(String name) {
        Path model = RuledModel.write(name.replace("-image", ""), folder);
        try (var golden = Golden.ofWan(name);
                var device = CpuDevice.open();
                var transformer = WanTransformer.open(model.resolve("transformer"), ElementType.F32, device,
                        LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            List<Conditioning> texts = WanTexts.tokenize(model, TEXTS, _ -> {}).encode(Checkpoint::open,
                    EncoderPrecision.of(ElementType.F32), device, (_, _) -> {});
            Conditioning images = images(golden).conditioning();
            Tensor latents = golden.tensor("noise").copy();
            if (name.endsWith("image")) latents.narrow(2, 0, 1).copyFrom(golden.tensor("image.condition"));
            var shaped = transformer.prepare(latents.shape());
            var step = new Step(golden.floats("timesteps")[0], OptionalDouble.empty(), StepActivations.none());
            for (int i = 0; i < 2; i++) {
                Tensor flow = shaped.given(texts.get(i).and(images), StepActivations.none()).forward(latents, step,
                        BlockPass.COMPUTE, (_, _) -> {});
                assertThat(golden.error(flow, i == 0 ? "dit.first.cond" : "dit.first.uncond")).isLessThan(1e-5);
            }
        }
    }

    private static ImageParts images(Golden golden) {
        Optional<ConditioningTensor> condition = golden.find("image.condition").map(ConditioningTensor::of);
        boolean firstFrame = condition.filter(part -> part.shape().dim(2) == 1).isPresent();
        return new ImageParts(firstFrame ? Optional.empty() : condition,
                golden.find("image.embeds")
                        .map(states -> states.reshape(states.dim(0) * states.dim(1), states.dim(2)))
                        .map(ConditioningTensor::of),
                firstFrame ? condition : Optional.empty());
    }
}
