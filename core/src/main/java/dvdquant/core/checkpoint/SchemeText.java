package dvdquant.core.checkpoint;

import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.List;
import java.util.stream.Collectors;

/** How a model is quantized, in words. */
public final class SchemeText {
    private SchemeText() {}

    /**
     * {@return all that a quantized model says of itself}
     *
     * @param format of a component
     */
    public static String of(QuantizedFormat format) {
        List<LayerFormat> formats = format.formats();
        String text = formats.size() == 1
                ? of(formats.getFirst())
                : formats.stream().map(one -> layers(format, one) + ": " + of(one)).collect(Collectors.joining("; "));
        return format.method() + ": " + text;
    }

    private static String layers(QuantizedFormat format, LayerFormat one) {
        long count = format.ofLayers().values().stream().filter(one::equals).count();
        return count == 1 ? "one layer" : count + " layers";
    }

    private static String of(LayerFormat format) {
        var text = new StringBuilder(grids(format.weights()) + ", rounded by " + format.weights().rounding().label());
        format.smoothing().ifPresent(exponent -> text.append(", smoothed with exponent ").append(exponent));
        if (format.lowRank() > 0) text.append(", a 16-bit branch of rank ").append(format.lowRank());
        text.append("; activations: ").append(format.activations().map(SchemeText::activations).orElse("16 bits"));
        if (format.arithmetic(ActivationChoice.OWN) == LayerArithmetic.EMULATED) {
            text.append("; emulated, for no integer product can run it");
        }
        return text.toString();
    }

    private static String activations(ActivationRule rule) {
        return rule.scales().text() + switch (rule.clip()) {
            case ActivationClip.Part _ when rule.clip().equals(ActivationClip.NONE) -> "";
            case ActivationClip.Part(float part) -> ", clipped at " + part;
            case ActivationClip.LeastError() -> ", clipped for the least error";
        };
    }

    /**
     * {@return bits, groups and rotation of weights, without their rounding}
     *
     * @param scheme of the weights
     */
    public static String grids(WeightScheme scheme) {
        String group = switch (scheme.group()) {
            case GroupSize.WholeRow _ -> "a step a row";
            case GroupSize.Multiples(int columns) -> "groups of " + columns + " with integer multipliers";
            case GroupSize.Free(int columns) -> "groups of " + columns + " with steps of their own";
        };
        return scheme.range().bits() + "-bit " + (scheme.range().symmetric() ? "symmetric " : "") + "weights, " + group
                + ", " + rotation(scheme.rotation());
    }

    /**
     * {@return what is rotated, with the seed of the signs if it is not 0}
     *
     * @param rotation of weights and inputs
     */
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
