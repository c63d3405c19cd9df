package dvdquant.evaluate.plan;

import dvdquant.core.contents.Fingerprint;
import dvdquant.evaluate.report.Standing;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.Prompt;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/**
 * What to run: a clip of each sample by each candidate.
 *
 * @param program its version
 * @param model in full precision
 * @param device that computes, for people
 * @param request what the clips have in common: all but prompt, seed and acceleration, and the size of those with pictures
 * @param fps of the clips
 * @param candidates the reference first
 */
public record Plan(String program, Path model, LoadOptions load, String device, GenerationRequest request, int fps,
        List<Sample> samples, List<Candidate> candidates) {
    /** @throws IllegalArgumentException if there is no sample, or the first candidate alone is not the reference */
    public Plan {
        samples = List.copyOf(samples);
        candidates = List.copyOf(candidates);
        List<Candidate> references = candidates.stream().filter(c -> c.standing() == Standing.REFERENCE).toList();
        if (samples.isEmpty() || !references.equals(candidates.subList(0, 1))) {
            throw new IllegalArgumentException("a plan of " + samples + " and " + candidates);
        }
    }

    public Candidate reference() {
        return candidates.getFirst();
    }

    /** The other candidates by their models, so that each model is made, and loaded, once. */
    public SequencedMap<ModelSource, List<Candidate>> byModel() {
        var byModel = new LinkedHashMap<ModelSource, List<Candidate>>();
        for (Candidate candidate : candidates.subList(1, candidates.size())) {
            byModel.computeIfAbsent(candidate.model(), _ -> new ArrayList<>()).add(candidate);
        }
        return byModel;
    }

    /** The sample that is followed step by step. */
    public boolean isFollowed(Sample sample) {
        return sample.equals(samples.getFirst());
    }

    public GenerationRequest request(Candidate candidate, Sample sample) {
        var prompt = new Prompt(sample.prompt(), request.prompt().negative());
        return request.with(sample.pictured().map(of -> prompt.withImages(of.images().prompt())).orElse(prompt))
                .with(size(sample)).withSeed(sample.seed()).with(candidate.acceleration());
    }

    public ClipSize size(Sample sample) {
        return sample.pictured().map(Sample.Pictured::size).orElse(request.size());
    }

    /** Those of the clips, each once. */
    public List<ClipSize> sizes() {
        return samples.stream().map(this::size).distinct().toList();
    }

    /** What a clip depends on beside its model and the program. */
    public Fingerprint fingerprint(Candidate candidate, Sample sample) {
        Fingerprint fingerprint = Fingerprint.of("prompt", sample.prompt())
                .with("negative prompt", request.prompt().negative())
                .with("seed", sample.seed())
                .with("noise", request.sampling().initialLatents().map(Plan::hash).orElse("the seed's"))
                .with("steps", request.sampling().steps()).with("guidance", request.sampling().guidance().text())
                .with("flow shift", request.sampling().flowShift())
                .with("boundary", request.sampling().boundary()).with("size", size(sample))
                .with("fps", fps).with("dtype", load.dtype().map(Object::toString).orElse("by size"))
                .with("device", device).with("acceleration", candidate.acceleration())
                .with("followed", isFollowed(sample));
        return sample.pictured().map(of -> fingerprint.with("pictures", of.images().contents())).orElse(fingerprint);
    }

    private static String hash(Latents latents) {
        return latents.shape() + " " + Arrays.hashCode(latents.values());
    }
}
