package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.GroupSize;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** How fine the grids of weights are, and what is done before: bits, groups, rotation. */
public final class GridOptions {
    private static final int FREE_COLUMNS = 64;

    @Option(names = "--weights", paramLabel = "2…8", defaultValue = "4", description = "Bits of a weight (default: 4).")
    private int bits;

    @Option(names = "--group", paramLabel = "none|N|free[:N]", description = "Weights of a row that share a grid: all, N columns with integer multipliers, or N with a step of their own, which is emulated (dvd-quant: 64; none at 8 bits).")
    private String group;

    @Mixin
    private RotationOptions rotation;

    /** @throws InputException if the flag is out of range */
    public int bits() {
        if (bits < 2 || bits > 8) throw new InputException("--weights " + bits + ", expected 2 to 8");
        return bits;
    }

    /**
     * @param ofMethod what it is without the flag
     * @throws InputException if the flag is no group
     */
    public GroupSize group(GroupSize ofMethod) {
        if (group == null) return ofMethod;
        if (group.equals("none")) return new GroupSize.WholeRow();
        if (group.equals("free")) return new GroupSize.Free(FREE_COLUMNS);
        String expected = "none, a number of columns or free[:N]";
        if (group.startsWith("free:")) {
            return new GroupSize.Free(number("--group", group, group.substring("free:".length()), expected));
        }
        var multiples = new GroupSize.Multiples(number("--group", group, group, expected));
        if (bits == 8) {
            throw new InputException("--group " + group + ": at 8 bits groups can have no multiplier and no zero point "
                    + "of their own, expected none or free[:N]");
        }
        return multiples;
    }

    /**
     * @param ofMethod what it is without the flag; its seed is the flag's in any case
     * @throws InputException if the flag is no rotation
     */
    public Rotation rotation(Rotation ofMethod) {
        return rotation.or(ofMethod);
    }

    static int number(String flag, String text, String digits, String expected) {
        try {
            int number = Integer.parseInt(digits);
            if (number > 0) return number;
        } catch (NumberFormatException _) {
            // reported below, with what was expected
        }
        throw new InputException(flag + " " + text + ", expected " + expected);
    }
}
