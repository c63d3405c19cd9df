package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.models.given.AskedSize;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.Sampling;
import dvdquant.models.pipeline.VideoPipeline;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/** What to generate, for one prompt or many; what is not given is the model's default. */
public final class RequestOptions {
    @Option(names = "--negative-prompt", paramLabel = "TEXT", defaultValue = "", description = "What the clip should not show.")
    String negativePrompt;

    @Option(names = "--steps", paramLabel = "N", description = "Denoising steps (default: the model's).")
    Integer steps;

    @Option(names = "--guidance", paramLabel = "X", description = "Guidance (default: the model's): classifier-free, where 1 or less takes half the time, or of HunyuanVideo an input of the model.")
    Double guidance;

    @Option(names = "--guidance-2", paramLabel = "X", description = "Of a model with two transformers: the guidance of the second, which takes the last steps (default: the model's, or that of --guidance if it is given); whether there is any is asked of the first's alone.")
    Double guidance2;

    @Option(names = "--boundary", paramLabel = "X", description = "Of a model with two transformers: the share of the time, from 1 (noise) to 0, from which downwards the second takes the steps (default: the model's).")
    Double boundary;

    @Option(names = "--true-guidance", paramLabel = "X", description = "Classifier-free guidance with the negative prompt beside a guidance that is an input of the model, as HunyuanVideo's is; above 1 it takes twice the time (default: none).")
    Double trueGuidance;

    @Option(names = "--flow-shift", paramLabel = "X", description = "Shift of the noise levels: the higher, the more steps are spent near noise (default: the model's).")
    Double flowShift;

    @Option(names = "--frames", paramLabel = "N", description = "Frames, a multiple of 4 plus 1 (default: the model's).")
    Integer frames;

    @Option(names = "--height", paramLabel = "N", description = "Height in pixels (default: the model's, or by --image).")
    Integer height;

    @Option(names = "--width", paramLabel = "N", description = "Width in pixels (default: the model's, or by --image).")
    Integer width;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", converter = TorchSeed.class, description = "Seed of the noise, as torch's CPU generator draws it: by the low 32 bits of -2^63 to 2^64 - 1 (default: 0).")
    private long seed;

    @Option(names = "--init-latents", paramLabel = "FILE", description = "Start from this noise (safetensors, F32 'latents'); sets the size.")
    private Path initLatents;

    @Mixin
    private ImageOptions images;

    /** What reads the prompts, with their pictures. */
    public ImageOptions images() {
        return images;
    }

    public long seed() {
        return seed;
    }

    /** The file of the noise to start from, if there is one. */
    public Optional<Path> initialLatents() {
        return Optional.ofNullable(initLatents);
    }

    /** @throws InputException if the model does not take such pictures, or a value is none */
    public GenerationRequest toRequest(VideoPipeline pipeline, GivenPrompt prompt) {
        prompt.images().check(pipeline.images());
        GenerationRequest request = pipeline.request(prompt.text()).with(prompt.prompt().withNegative(negativePrompt))
                .withSeed(seed);
        if (steps != null) request = request.withSteps(steps);
        if (guidance != null) request = request.withGuidance(guidance);
        if (trueGuidance != null) request = trueGuided(request);
        request = ofTwo(request, pipeline);
        if (flowShift != null) request = request.with(request.sampling().withFlowShift(flowShift));
        if (initLatents == null) return request.with(asked().of(pipeline, request.prompt().images()));
        Latents noise = Latents.read(initLatents);
        ClipSize size = pipeline.clipSize(noise.shape());
        requireSame("--frames", frames, size.frames());
        requireSame("--height", height, size.height());
        requireSame("--width", width, size.width());
        return request.with(size).with(request.sampling().withInitialLatents(noise));
    }

    private AskedSize asked() {
        return new AskedSize(given(frames), given(height), given(width));
    }

    private static OptionalInt given(Integer value) {
        return value == null ? OptionalInt.empty() : OptionalInt.of(value);
    }

    private GenerationRequest ofTwo(GenerationRequest request, VideoPipeline pipeline) {
        requireTwo("--guidance-2", guidance2, pipeline);
        requireTwo("--boundary", boundary, pipeline);
        Sampling sampling = request.sampling();
        if (guidance2 != null) {
            sampling = sampling.withGuidance(
                    Flags.naming("--guidance-2", () -> request.sampling().guidance().withSecond(guidance2)));
        }
        Sampling guided = sampling;
        if (boundary != null) sampling = Flags.naming("--boundary", () -> guided.withBoundary(boundary));
        return request.with(sampling);
    }

    private static void requireTwo(String flag, Double value, VideoPipeline pipeline) {
        if (value != null && pipeline.transformers().size() == 1) {
            throw new InputException(
                    flag + " " + value + ": this model has one transformer for all steps, expected one "
                            + "with two, such as Wan2.2-A14B");
        }
    }

    private GenerationRequest trueGuided(GenerationRequest request) {
        return Flags.naming("--true-guidance", () -> request.withTrueGuidance(trueGuidance));
    }

    /** Whether a flag is given that nothing reads. */
    public Optional<String> note(GenerationRequest request) {
        if (negativePrompt.isEmpty() || request.guided()) return Optional.empty();
        boolean embedded = request.sampling().guidance().embedded().isPresent();
        return Optional.of("--negative-prompt is not used: without " + (embedded
                ? "--true-guidance above 1"
                : "guidance (" + request.sampling().guidance().value() + ")") + " there is no pass that reads it");
    }

    private void requireSame(String flag, Integer given, int ofLatents) {
        if (given != null && given != ofLatents) {
            throw new InputException(
                    flag + " " + given + " does not agree with " + initLatents + ", which is for " + ofLatents
                            + "; leave the flag out");
        }
    }
}
