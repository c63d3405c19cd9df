package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationRange;
import dvdquant.core.quant.ActivationScales.PerBlock;
import dvdquant.core.quant.ActivationScales.PerChannel;
import dvdquant.core.quant.ActivationScales.PerChannelToken;
import dvdquant.core.quant.ActivationScales.PerTensor;
import dvdquant.core.quant.ActivationScales.PerToken;
import dvdquant.core.quant.ActivationScales.PerTokenBlock;
import dvdquant.core.quant.ActivationScales.PerTokenBlockInteger;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.core.quant.Rotation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * What the codes of activations stand for, at any granularity, by libtorch's operations: for what no integer product can run. The
 * formulas are those of {@link dvdquant.core.quant.ActivationEmulator}.
 */
final class Emulation implements AutoCloseable {
    private final FactoredRotation rotations = new FactoredRotation();

    /** @return [tokens, channels], F32, rotated */
    Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        try (var scope = TensorScope.open()) {
            Tensor rotated = rotated(x, rotation);
            ActivationRange range = scheme.range();
            return scope.keep(switch (scheme.scales()) {
                case PerTensor() -> rounded(rotated, scheme, 0, 1);
                case PerToken() -> rounded(rotated, scheme, 1);
                case PerChannel() -> rounded(rotated, scheme, 0);
                case PerChannelToken() -> {
                    Tensor divisors = rotated.largestMagnitude(0).replaceZeros(1);
                    yield rounded(rotated.divide(divisors), scheme, 1).multiply(divisors);
                }
                case PerBlock(int size) -> inBlocks(rotated, size, blocks -> rounded(blocks, scheme, 0, 2));
                case PerTokenBlock(int size) -> inBlocks(rotated, size, blocks -> rounded(blocks, scheme, 2));
                case PerTokenBlockInteger(int size) when range.takesMultiplier() ->
                    inBlocks(rotated, size, blocks -> multiples(blocks, scheme));
                case PerTokenBlockInteger _ -> rounded(rotated, scheme, 1);
            });
        }
    }

    private interface OfBlocks {
        Tensor apply(Tensor blocks);
    }

    /** As [tokens, blocks, size]. */
    private static Tensor inBlocks(Tensor x, long size, OfBlocks change) {
        return change.apply(x.reshape(x.dim(0), x.dim(1) / size, size)).reshape(x.dim(0), x.dim(1));
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

    /** [tokens, channels], F32 */
    private Tensor rotated(Tensor x, Rotation rotation) {
        if (rotation instanceof Rotation.None) return x.to(ElementType.F32);
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
