package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Device;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

/** Random input of a GPU's kernels. */
final class RandomRows {
    /** A host makes random numbers slowly: so many rows are made, and turned for those after them. */
    private static final int DRAWN = 4096;
    /** Columns that each next such part is turned by: no multiple of a head's, so that no two heads are alike. */
    private static final int TURN = 37;

    private RandomRows() {}

    /** Standard-normal values, [rows, columns], in the caller's scope; rows after the first 4,096 are theirs, turned. */
    static Tensor of(Device device, long seed, ElementType type, long rows, long columns) {
        try (var scope = TensorScope.open()) {
            Tensor drawn = Tensor.randn(seed, Math.min(rows, DRAWN), columns).to(device).to(type);
            Tensor all = Tensor.empty(device, type, rows, columns);
            for (long start = 0, turn = 0; start < rows; start += DRAWN, turn = (turn + TURN) % columns) {
                long count = Math.min(DRAWN, rows - start);
                Tensor part = all.narrow(0, start, count);
                Tensor from = drawn.narrow(0, 0, count);
                part.narrow(1, 0, columns - turn).copyFrom(from.narrow(1, turn, columns - turn));
                if (turn > 0) part.narrow(1, columns - turn, turn).copyFrom(from.narrow(1, 0, turn));
            }
            return scope.keep(all);
        }
    }
}
