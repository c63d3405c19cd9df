package dvdquant.core.quant.weights;

import dvdquant.core.InputException;
import dvdquant.core.quant.rotation.Rotation;

/**
 * How a weight [out, in] is quantized.
 *
 * @param range of the codes, by their bits
 * @param rounding how grids are found
 * @param group which weights share a grid
 * @param rotation of the columns, before all else
 */
public record WeightScheme(CodeRange range, Rounding rounding, GroupSize group, Rotation rotation) {
    /**
     * Checks that the rounding can find the grids that the groups ask for.
     *
     * @throws InputException if the rounding is {@link Rounding#CLIP} and the groups share a step
     */
    public WeightScheme {
        if (rounding == Rounding.CLIP && group instanceof GroupSize.Multiples) {
            throw new InputException("rounding 'clip' is for rows or groups with steps of their own, "
                    + "and not for groups with integer multipliers");
        }
    }

    /** {@return how its steps, zero points and multipliers are stored} */
    public ScalePacking packing() {
        if (group instanceof GroupSize.Free) {
            return range.symmetric() ? ScalePacking.GROUP_STEPS : ScalePacking.GROUP_STEPS_AND_ZEROS;
        }
        return range.bits() <= 4 ? ScalePacking.GROUP_BYTES : ScalePacking.ZERO_AND_MULTIPLIER_BYTES;
    }

    /**
     * {@return this scheme with grids found in another way}
     *
     * @param rounding in place of this one's
     * @throws InputException if it cannot find the grids of these groups
     */
    public WeightScheme withRounding(Rounding rounding) {
        return new WeightScheme(range, rounding, group, rotation);
    }

    /**
     * {@return this scheme with other groups}
     *
     * @param group in place of this one's
     * @throws InputException if the rounding cannot find their grids
     */
    public WeightScheme withGroup(GroupSize group) {
        return new WeightScheme(range, rounding, group, rotation);
    }

    /**
     * {@return this scheme with another rotation of the columns}
     *
     * @param rotation in place of this one's
     */
    public WeightScheme withRotation(Rotation rotation) {
        return new WeightScheme(range, rounding, group, rotation);
    }
}
