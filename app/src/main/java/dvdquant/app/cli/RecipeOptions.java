package dvdquant.app.cli;

import dvdquant.core.InputException;
import dvdquant.core.quant.ActivationScales;
import dvdquant.core.quant.GroupSize;
import dvdquant.core.quant.Rotation;
import dvdquant.core.quant.Rounding;
import dvdquant.models.quantize.Method;
import dvdquant.models.quantize.Recipe;
import picocli.CommandLine.Option;

/** A method, and what is to be different about it. */
final class RecipeOptions {
    private static final int FREE_COLUMNS = 64;

    @Option(names = "--method", converter = MethodConverter.class, completionCandidates = MethodConverter.Names.class, defaultValue = "dvd-quant", description = "One of ${COMPLETION-CANDIDATES} (default: dvd-quant). The flags below change parts of it.")
    Method method;

    @Option(names = "--weights", paramLabel = "2…8", defaultValue = "4", description = "Bits of a weight (default: 4).")
    int bits;

    @Option(names = "--rounding", paramLabel = "minmax|bounded|bgr|clip", description = "How grids are found: by the extremes, by bounds tightened, or refined too; or by a linear search for the clipping (dvd-quant: bgr).")
    Rounding rounding;

    @Option(names = "--group", paramLabel = "none|N|free[:N]", description = "Weights of a row that share a grid: all, N columns with integer multipliers, or N with a step of their own, which is emulated (dvd-quant: 64; none at 8 bits).")
    String group;

    @Option(names = "--rotation", paramLabel = "none|full|B", description = "Hadamard rotation: none, over the whole row, or in blocks of B columns (dvd-quant: 128).")
    String rotation;

    @Option(names = "--rotation-seed", paramLabel = "N", defaultValue = "0", description = "Seed of the rotation's signs (default: 0).")
    int seed;

    @Option(names = "--activation-scales", paramLabel = "SCALES", description = "Which activations share a scale, unless generate says otherwise: tensor, token, token-block-integer[:B], or, emulated, channel, channel-token, block[:B], token-block[:B] (dvd-quant: token-block-integer:128).")
    String scales;

    /** @throws InputException if the parts do not go together */
    Recipe recipe() {
        if (bits < 2 || bits > 8) throw new InputException("--weights " + bits + ", expected 2 to 8");
        Recipe recipe = method.recipe(bits);
        if (group != null) recipe = recipe.withGroup(groupSize());
        if (rounding != null) recipe = recipe.withRounding(rounding);
        recipe = recipe.withRotation(rotation(recipe.weights().rotation()));
        return scales == null ? recipe : recipe.withActivationScales(activationScales());
    }

    private ActivationScales activationScales() {
        try {
            return ActivationScales.parse(scales);
        } catch (InputException e) {
            throw new InputException("--activation-scales: " + e.getMessage(), e);
        }
    }

    private GroupSize groupSize() {
        if (group.equals("none")) return new GroupSize.WholeRow();
        if (group.equals("free")) return new GroupSize.Free(FREE_COLUMNS);
        String expected = "none, a number of columns or free[:N]";
        if (group.startsWith("free:")) {
            return new GroupSize.Free(number("--group", group, group.substring("free:".length()), expected));
        }
        return new GroupSize.Multiples(number("--group", group, group, expected));
    }

    private Rotation rotation(Rotation ofMethod) {
        if (rotation == null) {
            return switch (ofMethod) {
                case Rotation.None none -> none;
                case Rotation.Full _ -> new Rotation.Full(seed);
                case Rotation.Blocks(int block, long _) -> new Rotation.Blocks(block, seed);
            };
        }
        return switch (rotation) {
            case "none" -> new Rotation.None();
            case "full" -> new Rotation.Full(seed);
            default -> {
                int block = number("--rotation", rotation, rotation, "none, full or a power of two");
                if (Integer.bitCount(block) != 1) {
                    throw new InputException("--rotation " + rotation + ", expected none, full or a power of two");
                }
                yield new Rotation.Blocks(block, seed);
            }
        };
    }

    private static int number(String flag, String text, String digits, String expected) {
        try {
            int number = Integer.parseInt(digits);
            if (number > 0) return number;
        } catch (NumberFormatException _) {
            // reported below, with what was expected
        }
        throw new InputException(flag + " " + text + ", expected " + expected);
    }
}
