package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.ArrayList;
import java.util.List;

/**
 * Rotations of any kind by libtorch's products: for what quantize.cu does not do by itself. A Hadamard matrix over all channels is a
 * Kronecker product of small ones, and a row is multiplied by one after the other, along channels that lie some distance apart. In f64,
 * since no setting rounds that to TF32.
 */
final class FactoredRotation implements AutoCloseable {
    /** Larger Walsh–Hadamard matrices are cut into such. */
    private static final int MOST_ORDER = 128;

    private record Key(Rotation rotation, int channels) {}

    /**
     * A matrix for every {@code order} channels that lie {@code distance} apart.
     *
     * @param matrix F64 [order, order]
     */
    private record Factor(Tensor matrix, long distance) {}

    /** @param signs F64 [channels], with the normalization of all factors */
    private record Factors(Tensor signs, List<Factor> list) {}

    private final MadeOnce<Key, Factors> factors = new MadeOnce<>();

    /**
     * x R.
     *
     * @param x [tokens, channels]; about ten times its memory in F32 is taken on the way
     * @return [tokens, channels], F32, in the caller's scope
     */
    Tensor rotate(Tensor x, Rotation rotation) {
        if (rotation instanceof Rotation.None) return x.to(ElementType.F32);
        int channels = Math.toIntExact(x.dim(1));
        Factors of = factors.get(new Key(rotation, channels),
                () -> factors(rotation.forColumns(channels), x.device()));
        try (var scope = TensorScope.open()) {
            Tensor rotated = TensorScope.fold(x.to(ElementType.F64).multiply(of.signs), of.list,
                    FactoredRotation::multiply);
            return scope.keep(rotated.reshape(x.dim(0), channels).to(ElementType.F32).contiguous());
        }
    }

    /** Each run of values that lie the factor's distance apart, as a row, times its matrix. */
    private static Tensor multiply(Tensor x, Factor by) {
        long order = by.matrix.dim(0);
        return by.distance == 1
                ? x.reshape(-1, order).matmul(by.matrix)
                : x.reshape(-1, order, by.distance).transpose(1, 2).matmul(by.matrix).transpose(1, 2);
    }

    private static Factors factors(HadamardRotation rotation, Device device) {
        var list = new ArrayList<Factor>();
        for (int distance = 1; distance < rotation.block();) {
            int order = Math.min(MOST_ORDER, rotation.block() / distance);
            list.add(new Factor(matrix(order, FactoredRotation::walshHadamard).to(device), distance));
            distance *= order;
        }
        byte[][] between = rotation.between();
        if (between.length > 1) {
            list.add(new Factor(matrix(between.length, (i, j) -> between[i][j]).to(device), rotation.block()));
        }
        float[] signs = rotation.scaledSigns();
        return new Factors(Tensor.ofFloats(signs, signs.length).to(ElementType.F64).to(device), list);
    }

    private static int walshHadamard(int i, int j) {
        return Integer.bitCount(i & j) % 2 == 0 ? 1 : -1;
    }

    private interface Entry {
        int of(int row, int column);
    }

    /** F64 [order, order] */
    private static Tensor matrix(int order, Entry entry) {
        var values = new float[order * order];
        for (int i = 0; i < values.length; i++) {
            values[i] = entry.of(i / order, i % order);
        }
        return Tensor.ofFloats(values, order, order).to(ElementType.F64);
    }

    @Override
    public void close() {
        factors.close();
    }
}
