package dvdquant.evaluate.plan;

import dvdquant.models.given.GivenImages;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.ClipSize;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * What every candidate makes a clip of, from the same text states, pictures and noise.
 *
 * @param index among the clips of its prompt, from 0
 * @param pictured empty: a clip of a text alone
 */
public record Sample(String prompt, int index, long seed, Optional<Pictured> pictured) {
    /**
     * What a clip begins or ends with.
     *
     * @param size of the clip, in which the pictures' shape has a say
     */
    public record Pictured(GivenImages images, ClipSize size) {}

    /** Each prompt with the seeds {@code seed}, {@code seed + 1}, …: prompt by prompt. */
    public static List<Sample> of(List<String> prompts, int each, long seed) {
        return prompts.stream().flatMap(prompt -> each(prompt, Optional.empty(), each, seed)).toList();
    }

    /**
     * The same of prompts that may have pictures.
     *
     * @param sizes of each prompt's clips
     */
    public static List<Sample> of(List<GivenPrompt> prompts, List<ClipSize> sizes, int each, long seed) {
        var samples = new ArrayList<Sample>();
        for (int i = 0; i < prompts.size(); i++) {
            GivenImages images = prompts.get(i).images();
            Optional<Pictured> pictured = images.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new Pictured(images, sizes.get(i)));
            each(prompts.get(i).text(), pictured, each, seed).forEach(samples::add);
        }
        return samples;
    }

    private static Stream<Sample> each(String prompt, Optional<Pictured> pictured, int each, long seed) {
        return IntStream.range(0, each).mapToObj(i -> new Sample(prompt, i, seed + i, pictured));
    }
}
