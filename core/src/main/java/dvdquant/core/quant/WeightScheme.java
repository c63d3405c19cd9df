package dvdquant.core.quant;

/**
 * How a weight [out, in] is quantized.
 *
 * @param range of the codes, by their bits
 * @param rounding how grids are found
 * @param group which weights share a grid
 * @param rotation of the columns, before all else
 */
public record WeightScheme(CodeRange range, Rounding rounding, GroupSize group, Rotation rotation) {
    /** 4 bits by BGR, groups of 64 with integer multipliers, rotated in blocks of 128. */
    public static final WeightScheme DEFAULT = new WeightScheme(new CodeRange(4), Rounding.BGR,
            new GroupSize.Multiples(64),
            new Rotation.Blocks(128, 0));

    /**
     * @throws IllegalArgumentException if the rounding cannot find such grids
     */
    public WeightScheme {
        if (rounding == Rounding.CLIP && group instanceof GroupSize.Multiples) {
            throw new IllegalArgumentException("clipping is not searched for groups with integer multipliers");
        }
    }

    public WeightScheme withRange(CodeRange range) {
        return new WeightScheme(range, rounding, group, rotation);
    }

    public WeightScheme withRounding(Rounding rounding) {
        return new WeightScheme(range, rounding, group, rotation);
    }

    public WeightScheme withGroup(GroupSize group) {
        return new WeightScheme(range, rounding, group, rotation);
    }

    public WeightScheme withRotation(Rotation rotation) {
        return new WeightScheme(range, rounding, group, rotation);
    }
}
