package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.NonFinite;

import java.lang.foreign.MemorySegment;
import java.util.stream.LongStream;

/** Looks weights through for NaN and infinite values, before anything is computed with them. Integers have none. */
public final class FiniteWeights {
    /** Bytes that a core looks through at a time. */
    private static final long AT_A_TIME = 4L << 20;

    private FiniteWeights() {}

    /**
     * On all cores: a core looks through a few gigabytes a second, and an encoder has eleven.
     *
     * @param tensor of floats
     * @throws InputException naming the first that is not finite
     */
    public static void require(SourceTensor tensor) {
        require(tensor, tensor.raw().map(data -> firstIn(data, tensor.type())).orElseGet(() -> firstInRows(tensor)));
    }

    /**
     * The same one by one: sooner compiled, so faster for the little that a program looks at but once, right after its start.
     *
     * @param tensor of floats
     * @throws InputException as {@link #require(SourceTensor)}
     */
    public static void requireOneByOne(SourceTensor tensor) {
        require(tensor, tensor.raw().map(data -> NonFinite.indexOfOneByOne(data, tensor.type()))
                .orElseGet(() -> firstInRows(tensor)));
    }

    private static void require(SourceTensor tensor, long index) {
        if (index >= 0) {
            throw new InputException(tensor.file() + ": tensor '" + tensor.name() + "' holds a NaN or Inf at element "
                    + index + ", expected finite weights");
        }
    }

    private static long firstIn(MemorySegment data, ElementType type) {
        long parts = Math.ceilDiv(data.byteSize(), AT_A_TIME);
        return LongStream.range(0, parts).parallel().map(part -> {
            long from = part * AT_A_TIME;
            long index = NonFinite.indexOf(data.asSlice(from, Math.min(AT_A_TIME, data.byteSize() - from)), type);
            return index < 0 ? -1 : from / type.sizeBytes() + index;
        }).filter(index -> index >= 0).min().orElse(-1);
    }

    private static long firstInRows(SourceTensor tensor) {
        var row = new float[tensor.columns()];
        for (long r = 0; r < tensor.rows(); r++) {
            tensor.read(r, row);
            for (int k = 0; k < row.length; k++) {
                if (!Float.isFinite(row[k])) return r * row.length + k;
            }
        }
        return -1;
    }
}
