package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.quant.activations.ActivationClip;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;

import java.util.Optional;

/** Methods of quantizing a transformer: each names the parts that its paper puts together. */
public enum Method {
    /**
     * Rounding to nearest between the extremes: a step a row of the weights, one scale for all activations of a layer, computed when
     * it runs.
     */
    MINMAX("minmax", "round to nearest"),
    /**
     * Channels that are hard to quantize in the activations are made easier at the weights' expense: s = max|X|^½ / max|W|^½ for each.
     * Both are symmetric, with a step a row and a scale a token.
     *
     * <p>Source: §4 and Table 2, O1; {@code smoothquant/fake_quant.py} of mit-han-lab/smoothquant.
     */
    SMOOTHQUANT("smoothquant", "arXiv 2211.10438"),
    /**
     * A Hadamard rotation over all channels; symmetric weights, a step a row by a linear search for the clipping with the least
     * squared error (the variant that rounds to nearest, not the one with GPTQ); symmetric activations, a scale a token, clipped at
     * 0.9 of the largest at all bits.
     *
     * <p>Source: §4, §5 "Setup"; {@code fake_quant/quant_utils.py} of spcl/QuaRot.
     */
    QUAROT("quarot", "arXiv 2404.00456"),
    /**
     * Static-dynamic channel balancing: SmoothQuant's scaling and then QuaRot's rotation; min-max weights, a step a row; activations
     * with a scale a token, computed when it runs. The published final version (ICLR 2025) is followed, and its kernels, whose
     * activations are symmetric; the first preprint had asymmetric ones, no rotation and an exponent for each range of timesteps. The
     * exponent is ½, where the authors' configurations have one a model.
     * Mixed precision among layers is not part of it here.
     *
     * <p>Source: §4.1, §4.2; {@code kernels/viditq_extension/nn/qlinear.py} of thu-nics/ViDiT-Q.
     */
    VIDIT_Q("vidit-q", "arXiv 2406.02540"),
    /**
     * Smoothing moves outliers into the weight, of which the 32 strongest singular directions stay at 16 bits; the rest is symmetric
     * in groups of 64 columns, as the activations are of each token. The exponent of the smoothing is ½, where the paper searches for
     * one a layer; the weights are rounded to nearest. Left out: that activations after a GELU are shifted above zero and take unsigned
     * codes, and the rounds that fit branch and rest to each other on calibration data.
     *
     * <p>Source: §4.2, §5.1; deepcompressor's {@code examples/diffusion/configs/svdquant/int4.yaml}.
     */
    SVDQUANT("svdquant", "arXiv 2411.05007"),
    /**
     * DVD-Quant as its paper reads: a rotation over all channels, BGR with a step a row, and a scale a channel and token of the
     * activations.
     *
     * <p>Source: §3.1, §3.2.
     */
    DVD_QUANT_PAPER("dvd-quant-paper", "arXiv 2505.18663"),
    /**
     * DVD-Quant so that integer products run it: a rotation in blocks of 128, BGR in groups of 64 whose steps are integer multiples of
     * the row's, activations with such multiples for each token and block of 128, clipped for the least error at 4 bits and less.
     */
    DVD_QUANT("dvd-quant", "arXiv 2505.18663, with integer multipliers of our own");

    /** Columns of a group, of DVD-Quant as of SVDQuant. */
    private static final int GROUP = 64;
    private static final int ROTATION_BLOCK = 128;
    private static final double SMOOTHING = 0.5;
    private static final int RANK = 32;
    private static final ActivationClip QUAROT_CLIP = new ActivationClip.Part(0.9f);

    private final String label;
    private final String source;

    Method(String label, String source) {
        this.label = label;
        this.source = source;
    }

    /**
     * What the command line, reports and checkpoints call it.
     *
     * @return as {@code dvd-quant}
     */
    public String label() {
        return label;
    }

    /**
     * The paper.
     *
     * @return its number at arXiv, and what is not of the paper
     */
    public String source() {
        return source;
    }

    /**
     * What it does to weights of so many bits, 2 to 8.
     *
     * @param weightBits 2 to 8
     * @return one way for all layers
     * @throws IllegalArgumentException if the bits are others
     */
    public Recipe recipe(int weightBits) {
        return new Recipe(this, switch (this) {
            case MINMAX -> new LayerFormat(rows(new CodeRange(weightBits), Rounding.MINMAX, new Rotation.None()),
                    rule(new ActivationScales.PerTensor()));
            case SMOOTHQUANT -> new LayerFormat(rows(symmetric(weightBits), Rounding.MINMAX, new Rotation.None()),
                    rule(new ActivationScales.PerToken())).withSmoothing(Optional.of(SMOOTHING));
            case QUAROT -> new LayerFormat(rows(symmetric(weightBits), Rounding.CLIP, new Rotation.Full(0)),
                    new ActivationRule(new ActivationScales.PerToken(), QUAROT_CLIP));
            case VIDIT_Q -> new LayerFormat(rows(new CodeRange(weightBits), Rounding.MINMAX, new Rotation.Full(0)),
                    rule(new ActivationScales.PerToken())).withSmoothing(Optional.of(SMOOTHING));
            case SVDQUANT -> new LayerFormat(rows(symmetric(weightBits), Rounding.MINMAX, new Rotation.None())
                    .withGroup(new GroupSize.Free(GROUP)), rule(new ActivationScales.PerTokenBlock(GROUP)))
                    .withSmoothing(Optional.of(SMOOTHING)).withLowRank(RANK);
            case DVD_QUANT_PAPER ->
                new LayerFormat(rows(new CodeRange(weightBits), Rounding.BGR, new Rotation.Full(0)),
                        rule(new ActivationScales.PerChannelToken()));
            case DVD_QUANT -> new LayerFormat(
                    rows(new CodeRange(weightBits), Rounding.BGR, new Rotation.Blocks(ROTATION_BLOCK, 0))
                            .withGroup(weightBits == 8 ? new GroupSize.WholeRow() : new GroupSize.Multiples(GROUP)),
                    ActivationRule.DEFAULT);
        });
    }

    private static CodeRange symmetric(int bits) {
        return new CodeRange(bits, true);
    }

    private static ActivationRule rule(ActivationScales scales) {
        return new ActivationRule(scales, ActivationClip.NONE);
    }

    private static WeightScheme rows(CodeRange range, Rounding rounding, Rotation rotation) {
        return new WeightScheme(range, rounding, new GroupSize.WholeRow(), rotation);
    }
}
