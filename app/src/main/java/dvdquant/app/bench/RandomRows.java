package dvdquant.app.bench;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** Random input of a GPU's kernels. */
final class RandomRows {
    /** A host makes random numbers slowly; a GPU does not mind that rows come again. */
    private static final int DISTINCT = 4096;

    private RandomRows() {}

    /** Standard-normal values, [rows, columns], in the caller's scope; rows after the first 4,096 repeat them. */
    static Tensor of(Device device, long seed, ElementType type, long rows, long columns) {
        try (var scope = TensorScope.open()) {
            Tensor distinct = Tensor.randn(seed, Math.min(rows, DISTINCT), columns).to(device).to(type);
            if (rows <= DISTINCT) return scope.keep(distinct);
            var indices = new long[Math.toIntExact(rows)];
            for (int i = 0; i < indices.length; i++) {
                indices[i] = i % DISTINCT;
            }
            return scope.keep(distinct.indexSelect(0, Tensor.ofLongs(indices, rows).to(device)));
        }
    }
}
