package dvdquant.app.text;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.WeightScheme;

/** How a model is quantized, in words. */
public final class SchemeText {
    private SchemeText() {}

    /** All that a quantized model says of itself. */
    public static String of(QuantizedFormat format) {
        var text = new StringBuilder(format.method() + ": " + grids(format.weights()) + ", rounded by "
                + format.weights().rounding().label());
        format.smoothing().ifPresent(exponent -> text.append(", smoothed with exponent ").append(exponent));
        if (format.lowRank() > 0) text.append(", a 16-bit branch of rank ").append(format.lowRank());
        text.append("; activations: ").append(format.activations().scales().text());
        if (!format.activations().clip().equals(ActivationClip.NONE)) {
            text.append(switch (format.activations().clip()) {
                case ActivationClip.Part(float part) -> ", clipped at " + part;
                case ActivationClip.LeastError() -> ", clipped for the least error";
            });
        }
        if (isEmulated(format)) text.append("; emulated, for no integer product can run it");
        return text.toString();
    }

    /** Whether its own scales, of weights or activations, are such that no integer product can run it. */
    public static boolean isEmulated(QuantizedFormat format) {
        return LayerArithmetic.of(format.weights(), format.activations().scales(), false) == LayerArithmetic.EMULATED;
    }

    /** Bits, groups and rotation. */
    public static String grids(WeightScheme scheme) {
        String group = switch (scheme.group()) {
            case GroupSize.WholeRow _ -> "a step a row";
            case GroupSize.Multiples(int columns) -> "groups of " + columns + " with integer multipliers";
            case GroupSize.Free(int columns) -> "groups of " + columns + " with steps of their own";
        };
        return scheme.range().bits() + "-bit " + (scheme.range().symmetric() ? "symmetric " : "") + "weights, " + group
                + ", " + rotation(scheme.rotation());
    }

    public static String rotation(Rotation rotation) {
        return switch (rotation) {
            case Rotation.None _ -> "not rotated";
            case Rotation.Blocks(int block, long seed) -> "rotated in blocks of " + block + seed(seed);
            case Rotation.Full(long seed) -> "rotated over the whole row" + seed(seed);
        };
    }

    private static String seed(long seed) {
        return seed == 0 ? "" : " (seed " + seed + ")";
    }
}
