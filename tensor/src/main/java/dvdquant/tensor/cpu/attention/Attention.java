package dvdquant.tensor.cpu.attention;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.code.TileKernel;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.cpu.product.Matmul;
import dvdquant.tensor.cpu.product.PackedProduct;
import dvdquant.tensor.cpu.product.PanelProduct;
import dvdquant.tensor.cpu.product.Products;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;

/**
 * Attention by blocks: the scores of some queries against a stretch of keys are one product, small enough to stay in the cache
 * while the softmax goes over them, and a second product takes them to the values and adds them to the sums of the stretches
 * before. Keys and values of a head are packed once, as the products want them.
 *
 * <p>Products: 4 · tokens · keys · headSize operations a head.
 */
public final class Attention implements AutoCloseable {
    /**
     * Queries in a block and keys in a stretch, at most. With 128 channels in bf16, a block's scores take 544 KiB, their weights 272,
     * keys, values and sums 128 each: they stay in a second cache of 2 MiB. Fewer queries read keys and values more often: on a CPU
     * with AMX the two products of 4,096 tokens and 12 heads took 65 ms with 64 × 4,096, 41 with 128 × 512, 37 with 256 × 512. Shorter
     * stretches take the softmax more time, 2 ms with 384 keys.
     */
    private static final int BLOCK_ROWS = 256;
    private static final int MAX_STRETCH = 512;
    /** Queries in a block on AVX2, whose second caches have 512 KiB: whole groups of rows. */
    private static final int PANEL_BLOCK_ROWS = 96;

    /** One call: the sizes, and the addresses of row-major [tokens or keys, heads · headSize]. */
    public record Job(int tokens, int keys, int heads, int headSize, ElementType type, boolean panels,
            MemorySegment query,
            MemorySegment key, MemorySegment value, MemorySegment result) {
        int width() {
            return heads * headSize;
        }

        public int blocks() {
            return Math.ceilDiv(tokens, panels ? PANEL_BLOCK_ROWS : BLOCK_ROWS);
        }

        /** Queries in a block, as many in each: the last ones may be computed twice. */
        int blockRows() {
            return Math.min(tokens, roundUp(Math.ceilDiv(tokens, blocks()), panels ? TileKernel.ROWS : 32));
        }

        /** Keys in a stretch; the last one may have fewer. */
        int stretch() {
            return Math.min(keys, roundUp(Math.ceilDiv(keys, Math.ceilDiv(keys, MAX_STRETCH)), 64));
        }

        /** From one row of sums of values to the next. */
        int sumStride() {
            return roundUp(Softmax.padded(headSize), TileKernel.COLUMNS);
        }
    }

    /** Keys and values {@code first} … {@code first + count} − 1 of a head, packed, and the products with them. */
    private record Stretch(int first, int count, PackedProduct toScores, long keys, PackedProduct toValues,
            long values) {}

    private final Products products;
    private final InstructionSet instructions;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment arguments = TileKernel.arguments(arena);
    private final Buffer query = new Buffer();
    private final Buffer converted = new Buffer();
    private final Buffer scores = new Buffer();
    private final Buffer weights = new Buffer();
    private final Buffer sums = new Buffer();
    private final List<Buffer> packed = new ArrayList<>();

    public Attention(engine engine, InstructionSet instructions) {
        products = new Products(engine);
        this.instructions = instructions;
    }

    /** The type of what is multiplied: f32 where there are no products of bf16. */
    private ElementType productType(Job job) {
        return instructions.hasBf16Products() ? job.type : ElementType.F32;
    }

    /** From one row of a head to the next, as products read them. */
    private long stride(Job job) {
        return productType(job) == job.type ? job.width() : job.headSize;
    }

    /**
     * A head's channels of some rows, in the type of the products.
     *
     * @param buffer takes what has to be converted
     */
    private MemorySegment headRows(Job job, MemorySegment memory, int head, int first, int count, Buffer buffer) {
        long from = (long) first * job.width() + (long) head * job.headSize;
        if (productType(job) == job.type) {
            return memory.asSlice(from * job.type.sizeBytes());
        }
        MemorySegment rows = buffer.ofBytes((long) count * job.headSize * Float.BYTES);
        for (int row = 0; row < count; row++) {
            FloatMemory.toF32(memory, job.type, from + (long) row * job.width(), rows, (long) row * job.headSize,
                    job.headSize);
        }
        return rows;
    }

    private static int roundUp(int count, int multiple) {
        return Math.ceilDiv(count, multiple) * multiple;
    }

    /** Attention of blocks {@code from} … {@code to} − 1 of one head. */
    public void run(Job job, int head, int from, int to) {
        List<Stretch> stretches = pack(job, head);
        var softmax = new RunningSoftmax(productType(job), job.blockRows(), job.headSize);
        for (int block = from; block < to; block++) {
            int row = block * job.blockRows();
            // The last block starts early enough to be whole: the packed layout is that of one block size.
            int first = Math.min(row, job.tokens - job.blockRows());
            block(job, head, first, stretches, softmax);
            finish(job, head, first, row, softmax);
        }
    }

    private List<Stretch> pack(Job job, int head) {
        var stretches = new ArrayList<Stretch>();
        for (int first = 0; first < job.keys; first += job.stretch()) {
            int count = Math.min(job.stretch(), job.keys - first);
            PackedProduct toScores = scoreProduct(job, count);
            PackedProduct toValues = valueProduct(job, count, first > 0);
            long keys = packed(2 * stretches.size(), toScores,
                    headRows(job, job.key, head, first, count, converted));
            long values = packed(2 * stretches.size() + 1, toValues,
                    headRows(job, job.value, head, first, count, converted));
            stretches.add(new Stretch(first, count, toScores, keys, toValues, values));
        }
        return stretches;
    }

    private long packed(int index, PackedProduct product, MemorySegment from) {
        if (index == packed.size()) packed.add(new Buffer());
        MemorySegment to = packed.get(index).ofBytes(product.packedBytes());
        product.pack(from, to);
        return to.address();
    }

    /** The weighted sums of the values for the block that starts at query {@code row}, still to be divided by the totals. */
    private void block(Job job, int head, int row, List<Stretch> stretches, RunningSoftmax softmax) {
        long query = headRows(job, job.query, head, row, job.blockRows(), this.query).address();
        long elements = (long) job.blockRows() * RunningSoftmax.stride(job.stretch());
        MemorySegment scoreMemory = scores.ofBytes(elements * 4);
        MemorySegment weightMemory = weights.ofBytes(elements * productType(job).sizeBytes());
        MemorySegment sumMemory = sums.ofBytes(job.blockRows() * job.sumStride() * 4L);
        softmax.clear();
        for (Stretch stretch : stretches) {
            stretch.toScores.run(query, stretch.keys, scoreMemory.address());
            softmax.weigh(scoreMemory, weightMemory, stretch.count, (r, factor) -> rescale(job, r, factor));
            stretch.toValues.run(weightMemory.address(), stretch.values, sumMemory.address());
        }
    }

    /** Rescales what earlier stretches have summed. */
    private void rescale(Job job, int r, float factor) {
        var channels = new float[job.sumStride()];
        long first = (long) r * job.sumStride();
        Softmax.multiply(sums.memory(), first, channels.length, factor, channels);
        FloatMemory.write(channels, sums.memory(), ElementType.F32, first, channels.length);
    }

    /** Writes the block that starts at query {@code first}, from query {@code row} on. */
    private void finish(Job job, int head, int first, int row, RunningSoftmax softmax) {
        var channels = new float[job.sumStride()];
        MemorySegment sumMemory = sums.memory();
        for (int r = row - first; r < job.blockRows(); r++) {
            Softmax.multiply(sumMemory, (long) r * channels.length, channels.length, 1 / softmax.total(r), channels);
            FloatMemory.write(channels, job.result, job.type,
                    (long) (first + r) * job.width() + (long) head * job.headSize,
                    job.headSize);
        }
    }

    /** [rows, headSize] · [headSize, count] → F32 scores, in rows that are padded. */
    private PackedProduct scoreProduct(Job job, int count) {
        return product(job, new Matmul.Spec(job.blockRows(), job.headSize, count, productType(job), ElementType.F32,
                stride(job), RunningSoftmax.stride(count), new Matmul.Weights(1, stride(job), true), false, false));
    }

    /** [rows, count], in rows that are padded, · [count, headSize] → F32. */
    private PackedProduct valueProduct(Job job, int count, boolean add) {
        return product(job, new Matmul.Spec(job.blockRows(), count, job.headSize, productType(job), ElementType.F32,
                RunningSoftmax.stride(count), job.sumStride(), new Matmul.Weights(stride(job), 1, true), false,
                add));
    }

    private PackedProduct product(Job job, Matmul.Spec spec) {
        return job.panels ? new PanelProduct(spec, arguments) : products.get(spec);
    }

    @Override
    public void close() {
        arena.close();
        products.close();
        query.close();
        converted.close();
        scores.close();
        weights.close();
        sums.close();
        packed.forEach(Buffer::close);
    }
}
