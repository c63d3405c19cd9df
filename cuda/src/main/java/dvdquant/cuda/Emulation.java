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
import dvdquant.core.quant.HadamardRotation;
import dvdquant.core.quant.Rotation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/**
 * What the codes of activations stand for, at any granularity, by libtorch's operations: for what no integer product can run. The
 * formulas are those of {@link dvdquant.core.quant.ActivationEmulator}.
 */
final class Emulation implements AutoCloseable {
    private record Key(Rotation rotation, int channels) {}

    private final Resident<Key> matrices = new Resident<>();

    /** @return [tokens, channels], F32, rotated */
    Tensor emulate(Tensor x, Rotation rotation, ActivationScheme scheme) {
        try (var scope = TensorScope.open()) {
            Tensor rotated = rotate(x.to(ElementType.F32), rotation);
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

    /** By a product with the rotation of the unit vectors, block by block. */
    private Tensor rotate(Tensor x, Rotation rotation) {
        int channels = Math.toIntExact(x.dim(1));
        int block = switch (rotation) {
            case Rotation.None _ -> 0;
            case Rotation.Blocks(int size, long _) -> size;
            case Rotation.Full _ -> channels;
        };
        if (block == 0) return x;
        Tensor matrices = this.matrices.get(new Key(rotation, channels), () -> matrices(rotation, channels, block)
                .to(x.device()));
        return x.reshape(x.dim(0), channels / block, block).transpose(0, 1).matmul(matrices).transpose(0, 1)
                .reshape(x.dim(0), channels);
    }

    /** [channels / block, block, block]: row i of a block is what becomes of its channel i. */
    private static Tensor matrices(Rotation rotation, int channels, int block) {
        HadamardRotation rotate = rotation.forColumns(channels);
        var values = new float[channels * block];
        for (int i = 0; i < block; i++) {
            var row = new float[channels];
            for (int k = i; k < channels; k += block) {
                row[k] = 1;
            }
            rotate.rotate(row, 0);
            for (int k = 0; k < channels; k++) {
                values[(k / block * block + i) * block + k % block] = row[k];
            }
        }
        return Tensor.ofFloats(values, channels / block, block, block);
    }

    @Override
    public void close() {
        matrices.close();
    }
}
