package dvdquant.evaluate.plan;

import java.util.List;
import java.util.stream.IntStream;

/**
 * What every candidate makes a clip of, from the same text states and the same noise.
 *
 * @param index among the clips of its prompt, from 0
 */
public record Sample(String prompt, int index, long seed) {
    /** Each prompt with the seeds {@code seed}, {@code seed + 1}, …: prompt by prompt. */
    public static List<Sample> of(List<String> prompts, int each, long seed) {
        return prompts.stream()
                .flatMap(prompt -> IntStream.range(0, each).mapToObj(i -> new Sample(prompt, i, seed + i))).toList();
    }
}
