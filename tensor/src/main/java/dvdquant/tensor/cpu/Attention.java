package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Attention by blocks: the scores of a few queries against a long stretch of keys are one product, small enough to stay in the
 * cache while the softmax goes over them, and a second product takes them to the values. Stretches are joined as flash attention
 * joins them, by the running maximum (arXiv 2205.14135). Keys and values of a head are packed once into oneDNN's layout.
 *
 * <p>Products: 4 · tokens · keys · headSize operations a head.
 */
final class Attention implements AutoCloseable {
    /** Queries in a block: 64 × 4,096 scores of 4 bytes are 1 MiB, what a core's second cache holds. */
    private static final int BLOCK_ROWS = 64;
    private static final int MAX_STRETCH = 4096;
    private static final float LOG2_E = 1.442695f;

    /** One call: the sizes, and the addresses of row-major [tokens or keys, heads · headSize]. */
    record Job(int tokens, int keys, int heads, int headSize, ElementType type, MemorySegment query, MemorySegment key,
            MemorySegment value, MemorySegment result) {
        int width() {
            return heads * headSize;
        }

        int blockRows() {
            return Math.min(BLOCK_ROWS, tokens);
        }

        int stretches() {
            return Math.ceilDiv(keys, MAX_STRETCH);
        }

        /** Keys in a stretch; the last one may have fewer. */
        int stretch() {
            return Math.min(keys, Math.ceilDiv(Math.ceilDiv(keys, stretches()), 64) * 64);
        }
    }

    private final Products products;
    private final Buffer scores = new Buffer();
    private final Buffer weights = new Buffer();
    private final Buffer partial = new Buffer();
    private final List<Buffer> packedKeys = new ArrayList<>();
    private final List<Buffer> packedValues = new ArrayList<>();
    private float[] sums = {};
    private float[] row = {};
    private final float[] rowMax = new float[BLOCK_ROWS];
    private final float[] rowSum = new float[BLOCK_ROWS];

    Attention(engine engine) {
        products = new Products(engine);
    }

    /** Attention of queries {@code from} … {@code to} − 1 of one head. */
    void run(Job job, int head, int from, int to) {
        packHead(job, head);
        for (int row = from; row < to; row += BLOCK_ROWS) {
            // The last block starts early enough to be whole: the packed layout is that of one block size.
            int first = Math.min(row, job.tokens - job.blockRows());
            block(job, head, first);
            finish(job, head, first, row, Math.min(row + BLOCK_ROWS, to));
        }
    }

    private void packHead(Job job, int head) {
        long headOffset = (long) head * job.headSize * job.type.sizeBytes();
        int index = 0;
        for (int first = 0; first < job.keys; first += job.stretch(), index++) {
            int count = Math.min(job.stretch(), job.keys - first);
            long offset = headOffset + (long) first * job.width() * job.type.sizeBytes();
            Matmul toScores = scoreProduct(job, count);
            Matmul toValues = valueProduct(job, count);
            toScores.pack(job.key.address() + offset,
                    buffer(packedKeys, index).ofBytes(toScores.packedBytes()).address());
            toValues.pack(job.value.address() + offset,
                    buffer(packedValues, index).ofBytes(toValues.packedBytes()).address());
        }
    }

    private static Buffer buffer(List<Buffer> buffers, int index) {
        if (index == buffers.size()) buffers.add(new Buffer());
        return buffers.get(index);
    }

    private void block(Job job, int head, int row) {
        int rows = job.blockRows();
        long query = job.query.address()
                + ((long) row * job.width() + (long) head * job.headSize) * job.type.sizeBytes();
        int size = rows * job.headSize;
        if (sums.length < size) sums = new float[size];
        Arrays.fill(rowMax, Float.NEGATIVE_INFINITY);
        Arrays.fill(rowSum, 0);
        int index = 0;
        for (int first = 0; first < job.keys; first += job.stretch(), index++) {
            int count = Math.min(job.stretch(), job.keys - first);
            MemorySegment scoreMemory = scores.ofBytes((long) rows * count * 4);
            MemorySegment weightMemory = job.type == ElementType.F32
                    ? scoreMemory
                    : weights.ofBytes((long) rows * count * 2);
            MemorySegment valueMemory = partial.ofBytes(size * 4L);
            scoreProduct(job, count).run(query, packedKeys.get(index).address(), 0, scoreMemory.address());
            softmax(job, count, scoreMemory, weightMemory, first > 0);
            valueProduct(job, count).run(weightMemory.address(), packedValues.get(index).address(), 0,
                    valueMemory.address());
            accumulate(valueMemory, size, first > 0);
        }
    }

    /** Scores → unnormalized weights; sums of earlier stretches are rescaled where the maximum has grown. */
    private void softmax(Job job, int count, MemorySegment from, MemorySegment to, boolean rescale) {
        float scale = LOG2_E / (float) Math.sqrt(job.headSize);
        if (row.length < count) row = new float[count];
        for (int r = 0; r < job.blockRows(); r++) {
            Rows.read(from, ElementType.F32, (long) r * count, row, count);
            float max = Math.max(rowMax[r], Softmax.max(row, count));
            float sum = Softmax.exponentials(row, count, max, scale);
            Rows.write(row, to, job.type, (long) r * count, count);
            if (rescale && max > rowMax[r]) {
                float factor = (float) Math.exp((rowMax[r] - max) * (double) scale * Math.log(2));
                rowSum[r] *= factor;
                for (int c = 0; c < job.headSize; c++) {
                    sums[r * job.headSize + c] *= factor;
                }
            }
            rowSum[r] += sum;
            rowMax[r] = max;
        }
    }

    private void accumulate(MemorySegment values, int size, boolean add) {
        if (!add) {
            Rows.read(values, ElementType.F32, 0, sums, size);
            return;
        }
        for (int i = 0; i < size; i++) {
            sums[i] += values.getAtIndex(ValueLayout.JAVA_FLOAT, i);
        }
    }

    /** Writes rows {@code from} … {@code to} − 1 of the block that starts at row {@code first}. */
    private void finish(Job job, int head, int first, int from, int to) {
        float[] channels = new float[job.headSize];
        for (int row = from; row < to; row++) {
            int r = row - first;
            float factor = 1 / rowSum[r];
            for (int c = 0; c < job.headSize; c++) {
                channels[c] = sums[r * job.headSize + c] * factor;
            }
            Rows.write(channels, job.result, job.type, (long) row * job.width() + (long) head * job.headSize,
                    job.headSize);
        }
    }

    /** [rows, headSize] · [headSize, count] → F32 scores. */
    private Matmul scoreProduct(Job job, int count) {
        return products.get(
                new Matmul.Spec(job.blockRows(), job.headSize, count, job.type, ElementType.F32, job.width(), count,
                        new Matmul.Weights(1, job.width(), true), false));
    }

    /** [rows, count] · [count, headSize] → F32. */
    private Matmul valueProduct(Job job, int count) {
        return products.get(
                new Matmul.Spec(job.blockRows(), count, job.headSize, job.type, ElementType.F32, count, job.headSize,
                        new Matmul.Weights(job.width(), 1, true), false));
    }

    @Override
    public void close() {
        products.close();
        scores.close();
        weights.close();
        partial.close();
        packedKeys.forEach(Buffer::close);
        packedValues.forEach(Buffer::close);
    }
}
