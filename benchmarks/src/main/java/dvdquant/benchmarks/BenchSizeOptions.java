package dvdquant.benchmarks;

import dvdquant.app.bench.BenchInputOptions;
import dvdquant.app.bench.LikeConverter;
import dvdquant.app.text.Manifest;
import dvdquant.core.InputException;
import dvdquant.models.wan.WanArchitecture.Wan21;
import dvdquant.models.wan.WanConfig;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

import java.util.Arrays;
import java.util.List;
import java.util.regex.Pattern;

/** Whose sizes a benchmark of one kernel takes, or which. */
final class BenchSizeOptions {
    private static final int MOST = 10_000_000;
    private static final Pattern NUMBERS = Pattern.compile("\\d{1,8}([x×]\\d{1,8})*");

    @Option(names = "--like", paramLabel = "MODEL", converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    Wan21 like;

    @Option(names = "--shape", split = ",", paramLabel = "AxBxC", description = "These shapes in place of a model's: tokens x in x out of products, tokens x keys x heads[x head size] of attention (default of the last: 128).")
    private List<String> shapes = List.of();

    @Mixin
    BenchInputOptions input;

    /**
     * The numbers of each shape that is given; empty if none is.
     *
     * @param least numbers of a shape, as {@code most}
     * @param expected for the error: {@code tokens x in x out, such as …}
     * @throws InputException if a shape is malformed
     */
    List<long[]> given(int least, int most, String expected) {
        if (!shapes.isEmpty()) {
            input.requireNoTokens();
            if (like != null) throw new InputException("--shape and --like " + like + ", expected one of them");
        }
        return shapes.stream().map(shape -> {
            if (!NUMBERS.matcher(shape).matches()) throw malformed(shape, expected);
            long[] numbers = Arrays.stream(shape.split("[x×]")).mapToLong(Long::parseLong).toArray();
            boolean right = numbers.length >= least && numbers.length <= most
                    && Arrays.stream(numbers).allMatch(number -> number >= 1 && number <= MOST);
            if (!right) throw malformed(shape, expected);
            return numbers;
        }).toList();
    }

    static InputException malformed(String shape, String expected) {
        return new InputException("--shape " + shape + ", expected " + expected);
    }

    /** @throws InputException if no model is given */
    WanConfig config() {
        if (like == null) throw new InputException("Missing required option: '--like=MODEL' (or '--shape')");
        return like.architecture().transformer();
    }

    /** What is measured, for people. */
    String subject() {
        return shapes.isEmpty() ? like + ", " + input.tokens() + " tokens" : "shapes as given";
    }

    /** What is measured, for the JSON file. */
    Manifest describe(Manifest manifest) {
        return shapes.isEmpty()
                ? manifest.put("like", like.toString()).put("tokens", input.tokens())
                : manifest.put("shapes", shapes);
    }
}
