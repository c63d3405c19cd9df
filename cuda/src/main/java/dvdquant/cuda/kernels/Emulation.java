package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationScales.PerBlock;
import dvdquant.core.quant.activations.ActivationScales.PerChannel;
import dvdquant.core.quant.activations.ActivationScales.PerChannelToken;
import dvdquant.core.quant.activations.ActivationScales.PerTensor;
import dvdquant.core.quant.activations.ActivationScales.PerToken;
import dvdquant.core.quant.activations.ActivationScales.PerTokenBlock;
import dvdquant.core.quant.activations.ActivationScales.PerTokenBlockInteger;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.function.UnaryOperator;

/**
 * What the codes of activations stand for, at any granularity, by libtorch's operations: for what no integer product can run. The
 * formulas are those of {@link dvdquant.core.quant.activations.ActivationEmulator}.
 */
public final class Emulation implements AutoCloseable {
    private final FactoredRotation rotations = new FactoredRotation();

    /**
     * Takes, besides the result, the memory of a copy of it where tokens share scales, and little else.
     *
     * @return [tokens, channels], F32, rotated
     */
    public Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        try (var scope = TensorScope.open()) {
            Tensor rotated = rotated(x, rotation);
            UnaryOperator<Tensor> rounding = rounding(rotated, scheme);
            TokenPieces.forEach(rotated, (piece, _) -> piece.copyFrom(rounding.apply(piece)));
            return scope.keep(rotated);
        }
    }

    /** What becomes of some tokens, by the scales that all tokens share. */
    private static UnaryOperator<Tensor> rounding(Tensor all, ActivationScheme scheme) {
        return switch (scheme.scales()) {
            case PerTensor() -> {
                Tensor step = steps(magnitudes(all, 0, 1), scheme);
                yield x -> rounded(x, scheme, step);
            }
            case PerToken() -> x -> rounded(x, scheme, 1);
            case PerChannel() -> {
                Tensor step = steps(magnitudes(all, 0), scheme);
                yield x -> rounded(x, scheme, step);
            }
            case PerChannelToken() -> {
                Tensor divisors = magnitudes(all, 0).replaceZeros(1);
                yield x -> rounded(x.divide(divisors), scheme, 1).multiply(divisors);
            }
            case PerBlock(int size) -> {
                Tensor step = steps(magnitudes(blocks(all, size), 0, 2), scheme);
                yield x -> rounded(blocks(x, size), scheme, step).reshape(x.dim(0), x.dim(1));
            }
            case PerTokenBlock(int size) -> x -> rounded(blocks(x, size), scheme, 2).reshape(x.dim(0), x.dim(1));
            case PerTokenBlockInteger(int size) when scheme.range().takesMultiplier() ->
                x -> multiples(blocks(x, size), scheme).reshape(x.dim(0), x.dim(1));
            case PerTokenBlockInteger _ -> x -> rounded(x, scheme, 1);
        };
    }

    /** Of a large tensor, without keeping what that takes. */
    private static Tensor magnitudes(Tensor x, long... shared) {
        try (var scope = TensorScope.open()) {
            return scope.keep(x.largestMagnitude(shared));
        }
    }

    /** As [tokens, blocks, size]. */
    private static Tensor blocks(Tensor x, long size) {
        return x.reshape(x.dim(0), x.dim(1) / size, size);
    }

    /** @param shared the axes along which values share a scale */
    private static Tensor rounded(Tensor x, ActivationScheme scheme, long... shared) {
        return rounded(x, scheme, steps(x.largestMagnitude(shared), scheme));
    }

    private static Tensor rounded(Tensor x, ActivationScheme scheme, Tensor step) {
        return x.divide(step).round().clamp(scheme.range().lowest(), scheme.range().highest()).multiply(step);
    }

    private static Tensor steps(Tensor magnitudes, ActivationScheme scheme) {
        return magnitudes.multiply(scheme.clip() / scheme.range().highest()).replaceZeros(1);
    }

    /** A scale a token, of which each block takes m fifteenths. */
    private static Tensor multiples(Tensor blocks, ActivationScheme scheme) {
        int whole = PerTokenBlockInteger.WHOLE;
        Tensor ofTokens = blocks.largestMagnitude(1, 2);
        Tensor multipliers = blocks.largestMagnitude(2).divide(ofTokens.replaceZeros(1)).multiply(whole).ceil().clamp(1,
                whole);
        return rounded(blocks, scheme, steps(ofTokens, scheme).multiply(multipliers).multiply(1.0 / whole));
    }

    /** [tokens, channels], F32, never {@code x} itself. */
    private Tensor rotated(Tensor x, Rotation rotation) {
        Tensor rotated = Tensor.empty(x.device(), ElementType.F32, x.dim(0), x.dim(1));
        TokenPieces.forEach(x, (piece, first) -> rotated.narrow(0, first, piece.dim(0))
                .copyFrom(rotations.rotate(piece, rotation)));
        return rotated;
    }

    @Override
    public void close() {
        rotations.close();
    }
}
