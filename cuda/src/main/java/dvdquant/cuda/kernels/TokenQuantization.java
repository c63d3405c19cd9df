package dvdquant.cuda.kernels;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScales.PerBlock;
import dvdquant.core.quant.activations.ActivationScales.PerChannel;
import dvdquant.core.quant.activations.ActivationScales.PerChannelToken;
import dvdquant.core.quant.activations.ActivationScales.PerTensor;
import dvdquant.core.quant.activations.ActivationScales.PerToken;
import dvdquant.core.quant.activations.ActivationScales.PerTokenBlock;
import dvdquant.core.quant.activations.ActivationScales.PerTokenBlockInteger;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.Kernel;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * Activations to codes for an integer product, with what comes before in the same pass: quantize.cu. Rotations that it has not, as
 * baselines want them, are libtorch's, some tokens at a time.
 */
public final class TokenQuantization implements AutoCloseable {
    /** What is done to a token before it is rotated: the macro {@code PROLOGUE}. */
    private enum Prologue {
        NONE,
        LAYER_NORM,
        GELU
    }

    /** @param eps of LayerNorm, as {@code gain} and {@code offset}, F32 [channels] */
    private record Before(Prologue prologue, Tensor gain, Tensor offset, double eps) {
        static Before of(Prologue prologue) {
            return new Before(prologue, null, null, 0);
        }
    }

    /** What a launch reads, and what it does before it quantizes. */
    private record Input(Tensor x, Before before, Rotation rotation) {}

    private interface Launch {
        /** @param first token of the input */
        void of(Input input, long first);
    }

    /** Channels that share a multiplier: a power of two between these. */
    private static final int LEAST_BLOCK = 8;
    private static final int MOST_BLOCK = 1024;

    private final KernelLibrary library;
    private final RowOperations rows;
    private final Rotations rotations;
    private final FactoredRotation otherRotations = new FactoredRotation();

    public TokenQuantization(KernelLibrary library, RowOperations rows) {
        this.library = library;
        this.rows = rows;
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
            case PerChannel _,PerChannelToken _,PerBlock _,PerTokenBlock _ ->
                throw new IllegalArgumentException("no integer product runs over scales '"
                        + scheme.scales().text() + "'");
        };
    }

    public QuantizedRows quantize(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return run(new Input(x, Before.of(Prologue.NONE), rotation), scheme);
    }

    public QuantizedRows normed(Tensor x, Tensor gain, Tensor offset, double eps, Rotation rotation,
            ActivationScheme scheme) {
        return run(new Input(x, new Before(Prologue.LAYER_NORM, gain, offset, eps), rotation), scheme);
    }

    public QuantizedRows activated(Tensor x, Rotation rotation, ActivationScheme scheme) {
        return run(new Input(x, Before.of(Prologue.GELU), rotation), scheme);
    }

    private QuantizedRows run(Input input, ActivationScheme scheme) {
        Tensor x = input.x;
        long tokens = x.dim(0);
        int channels = Math.toIntExact(x.dim(1));
        requireChannels(channels);
        Tensor codes = Tensor.empty(x.device(), ElementType.I8, tokens, channels);
        Tensor scales = Tensor.empty(x.device(), ElementType.F32, tokens);
        Tensor magnitude = scheme.scales() instanceof PerTensor
                ? Tensor.zeros(ElementType.F32, 1).to(x.device())
                : null;
        if (magnitude != null) {
            launch(input, (part, _) -> kernel("absmax", part, scheme).launchPersistent(part.x.dim(0),
                    arguments(part).tensor(magnitude)));
        }
        launch(input, (part, first) -> {
            long count = part.x.dim(0);
            kernel("quantize", part, scheme).launchPersistent(count, arguments(part).number(scheme.clip())
                    .tensor(magnitude).tensor(codes.narrow(0, first, count)).tensor(scales.narrow(0, first, count)));
        });
        return new QuantizedRows(codes, scales, scheme.storedBits());
    }

    /** Over all of the input, or over pieces of it that libtorch has rotated. */
    private void launch(Input input, Launch launch) {
        if (Rotations.isFused(input.rotation)) {
            try (var _ = TensorScope.open()) {
                launch.of(input, 0);
            }
            return;
        }
        TokenPieces.forEach(input.x, (piece, first) -> launch.of(
                new Input(otherRotations.rotate(prepared(piece, input.before), input.rotation),
                        Before.of(Prologue.NONE), new Rotation.None()),
                first));
    }

    /** In F32, not rounded to the type of {@code x} on the way, which is not overwritten. */
    private Tensor prepared(Tensor x, Before before) {
        Tensor wide = x.to(ElementType.F32);
        return switch (before.prologue) {
            case NONE -> wide;
            case LAYER_NORM -> rows.layerNorm(wide, before.gain, before.offset, before.eps);
            case GELU -> wide.gelu();
        };
    }

    private Kernel kernel(String name, Input input, ActivationScheme scheme) {
        return library.kernel(source(Math.toIntExact(input.x.dim(1)), input.x.type(), input.before.prologue.ordinal(),
                Rotations.block(input.rotation), scheme), name);
    }

    private Arguments arguments(Input input) {
        Before before = input.before;
        return new Arguments().tensor(input.x).integer(input.x.dim(0)).tensor(before.gain).tensor(before.offset)
                .number(before.eps).tensor(rotations.negated(input.rotation, Math.toIntExact(input.x.dim(1))));
    }

    /** @throws InputException if the kernels are not made for so many */
    public static void requireChannels(int channels) {
        if (!RowOperations.suits(channels)) {
            throw new InputException(
                    "a layer of " + channels + " channels, expected a multiple of " + RowOperations.CHANNEL_UNIT
                            + " up to " + RowOperations.MOST_CHANNELS + " on a GPU");
        }
    }

    @Override
    public void close() {
        rotations.close();
        otherRotations.close();
    }
}
