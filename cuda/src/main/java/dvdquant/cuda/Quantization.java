package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationScales;
import dvdquant.core.quant.ActivationScales.PerTensor;
import dvdquant.core.quant.ActivationScales.PerToken;
import dvdquant.core.quant.ActivationScales.PerTokenBlockInteger;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.core.quant.Rotation;
import dvdquant.tensor.Int8Rows;
import dvdquant.tensor.Tensor;

/** Activations to codes for an integer product, with what comes before in the same pass: quantize.cu. */
final class Quantization implements AutoCloseable {
    /** What is done to a token before it is rotated: the macro {@code PROLOGUE}. */
    private enum Prologue {
        NONE,
        LAYER_NORM,
        GELU
    }

    /** @param eps of LayerNorm, as {@code gain} and {@code offset}, F32 [channels] */
    private record Before(Prologue prologue, Tensor gain, Tensor offset, double eps) {}

    /** Channels that share a multiplier: a power of two between these. */
    private static final int LEAST_BLOCK = 8;
    private static final int MOST_BLOCK = 1024;

    private final KernelLibrary library;
    private final Rotations rotations;

    Quantization(KernelLibrary library) {
        this.library = library;
        this.rotations = new Rotations(library.device().device());
    }

    /**
     * The macros of a specialization.
     *
     * @throws InputException if the kernel has no multipliers for blocks of that size
     */
    static KernelSource source(int channels, ElementType type, int prologue, int rotation, ActivationScheme scheme) {
        if (schemeOf(scheme) == 1) requireBlock(scheme.scales());
        var source = new KernelSource("quantize.cu").with("CHANNELS", channels)
                .with("INPUT_F32", type == ElementType.F32 ? 1 : 0).with("PROLOGUE", prologue)
                .with("ROTATION", rotation).with("BITS", scheme.range().bits()).with("SCHEME", schemeOf(scheme));
        return scheme.scales() instanceof PerTokenBlockInteger(int block) && scheme.multiplies()
                ? source.with("MULTIPLIER_BLOCK", block)
                : source;
    }

    private static void requireBlock(ActivationScales scales) {
        if (!(scales instanceof PerTokenBlockInteger(int block))) return;
        if (Integer.bitCount(block) != 1 || block < LEAST_BLOCK || block > MOST_BLOCK) {
            throw new InputException(
                    "activation scales '" + scales.text() + "', expected blocks of a power of two from "
                            + LEAST_BLOCK + " to " + MOST_BLOCK + " channels on a GPU");
        }
    }

    private static int schemeOf(ActivationScheme scheme) {
        return switch (scheme.scales()) {
            case PerToken _ -> 0;
            case PerTokenBlockInteger _ -> scheme.multiplies() ? 1 : 0;
            case PerTensor _ -> 2;
            default -> throw new IllegalArgumentException("no integer product runs over scales '"
                    + scheme.scales().text() + "'");
        };
    }

    Int8Rows quantize(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return run(x, new Before(Prologue.NONE, null, null, 0), rotation, scheme);
    }

    Int8Rows normed(Tensor x, Tensor gain, Tensor offset, double eps, Rotation rotation, ActivationScheme scheme) {
        return run(x, new Before(Prologue.LAYER_NORM, gain, offset, eps), rotation, scheme);
    }

    Int8Rows activated(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return run(x, new Before(Prologue.GELU, null, null, 0), rotation, scheme);
    }

    private Int8Rows run(Tensor x, Before before, Rotation rotation, ActivationScheme scheme) {
        long tokens = x.dim(0);
        int channels = Math.toIntExact(x.dim(1));
        requireChannels(channels);
        KernelSource source = source(channels, x.type(), before.prologue.ordinal(), Rotations.block(rotation), scheme);
        Tensor codes = Tensor.empty(x.device(), ElementType.I8, tokens, channels);
        Tensor scales = Tensor.empty(x.device(), ElementType.F32, tokens);
        Tensor negated = rotations.negated(rotation, channels);
        Tensor magnitude = null;
        if (scheme.scales() instanceof PerTensor) {
            magnitude = Tensor.zeros(ElementType.F32, 1).to(x.device());
            library.kernel(source, "absmax").launchPersistent(tokens, input(x, before, negated).tensor(magnitude));
        }
        library.kernel(source, "quantize").launchPersistent(tokens, input(x, before, negated).number(scheme.clip())
                .tensor(magnitude).tensor(codes).tensor(scales));
        return new Int8Rows(codes, scales, scheme.storedBits());
    }

    private static Arguments input(Tensor x, Before before, Tensor negated) {
        return new Arguments().tensor(x).integer(x.dim(0)).tensor(before.gain).tensor(before.offset)
                .number(before.eps).tensor(negated);
    }

    /** @throws InputException if the kernels are not made for so many */
    static void requireChannels(int channels) {
        if (!Rows.suits(channels)) {
            throw new InputException("a layer of " + channels + " channels, expected a multiple of " + Rows.CHANNEL_UNIT
                    + " up to " + Rows.MOST_CHANNELS + " on a GPU");
        }
    }

    @Override
    public void close() {
        rotations.close();
    }
}
