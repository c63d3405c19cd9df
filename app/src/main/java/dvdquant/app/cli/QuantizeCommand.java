package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.core.quant.CodeRange;
import dvdquant.core.quant.GroupSize;
import dvdquant.core.quant.Rotation;
import dvdquant.core.quant.Rounding;
import dvdquant.core.quant.WeightScheme;
import dvdquant.models.quantize.Quantizer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.regex.Pattern;
import java.util.regex.PatternSyntaxException;

/** Checkpoint → quantized checkpoint. */
@Command(name = "quantize", description = "Quantize a model's weights to 2 to 8 bits, on the CPU, without data.")
public final class QuantizeCommand implements Callable<Integer> {
    @Parameters(index = "0", paramLabel = "MODEL", description = "A model folder in the diffusers layout.")
    private Path model;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT", required = true, description = "The new model folder.")
    private Path output;

    @Option(names = "--weights", paramLabel = "2…8", defaultValue = "4", description = "Bits of a weight (default: 4).")
    private int bits;

    @Option(names = "--rounding", paramLabel = "minmax|bounded|bgr", defaultValue = "bgr", description = "How grids are found: by the extremes, by bounds tightened, or refined too (default: bgr).")
    private Rounding rounding;

    @Option(names = "--group", paramLabel = "none|N", defaultValue = "64", description = "Weights of a row that share a grid: all, or N columns with integer multipliers (default: 64; none at 8 bits).")
    private String group;

    @Option(names = "--rotation", paramLabel = "none|full|B", defaultValue = "128", description = "Hadamard rotation: none, over the whole row, or in blocks of B columns (default: 128).")
    private String rotation;

    @Option(names = "--rotation-seed", paramLabel = "N", defaultValue = "0", description = "Seed of the rotation's signs (default: 0).")
    private int seed;

    @Option(names = "--include", paramLabel = "REGEX", description = "Layers to quantize instead of the model's usual ones.")
    private List<String> include = List.of();

    @Option(names = "--exclude", paramLabel = "REGEX", description = "Layers to leave in full precision.")
    private List<String> exclude = List.of();

    @Option(names = "--link", description = "Link the other components instead of copying them.")
    private boolean link;

    @Option(names = "--threads", paramLabel = "N", description = "Threads to compute with (default: all cores).")
    private Integer threads;

    @Option(names = {"-q", "--quiet"}, description = "Print errors and warnings only.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (threads != null && threads < 1) throw new InputException("--threads " + threads + ", expected 1 or more");
        var quantizer = new Quantizer(scheme(), patterns("--include", include), patterns("--exclude", exclude),
                threads == null ? Runtime.getRuntime().availableProcessors() : threads, link);
        long start = System.nanoTime();
        try (var progress = new WeightProgress(spec.commandLine().getErr(), quiet)) {
            Quantizer.Summary summary = quantizer.run(model, output, progress);
            double seconds = (System.nanoTime() - start) / 1e9;
            progress.say(String.format(Locale.ROOT,
                    "wrote %s: %d layers, %,d weights at %.2f bits each, in %.1f s; the transformer is %.3f of its size (%,d bytes)",
                    output, summary.layers(), summary.weights(), summary.bitsAWeight(), seconds,
                    (double) summary.bytes() / summary.sourceBytes(), summary.bytes()));
        }
        return 0;
    }

    private WeightScheme scheme() {
        if (bits < 2 || bits > 8) throw new InputException("--weights " + bits + ", expected 2 to 8");
        return new WeightScheme(new CodeRange(bits), rounding, groupSize(), rotation());
    }

    private GroupSize groupSize() {
        boolean given = spec.commandLine().getParseResult().hasMatchedOption("--group");
        if (group.equals("none") || bits == 8 && !given) return new GroupSize.WholeRow();
        return new GroupSize.Multiples(number("--group", group, "none or a number of columns"));
    }

    private Rotation rotation() {
        return switch (rotation) {
            case "none" -> new Rotation.None();
            case "full" -> new Rotation.Full(seed);
            default -> {
                int block = number("--rotation", rotation, "none, full or a power of two");
                if (Integer.bitCount(block) != 1) {
                    throw new InputException("--rotation " + rotation + ", expected none, full or a power of two");
                }
                yield new Rotation.Blocks(block, seed);
            }
        };
    }

    private static int number(String flag, String text, String expected) {
        try {
            int number = Integer.parseInt(text);
            if (number > 0) return number;
        } catch (NumberFormatException _) {
            // reported below, with what was expected
        }
        throw new InputException(flag + " " + text + ", expected " + expected);
    }

    private static List<Pattern> patterns(String flag, List<String> given) {
        return given.stream().map(text -> {
            try {
                return Pattern.compile(text);
            } catch (PatternSyntaxException e) {
                throw new InputException(flag + " '" + text + "': not a regular expression: " + e.getDescription(), e);
            }
        }).toList();
    }
}
