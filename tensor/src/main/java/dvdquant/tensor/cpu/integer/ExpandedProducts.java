package dvdquant.tensor.cpu.integer;

import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.cpu.machine.Buffer;

import java.lang.foreign.MemorySegment;

/** Products with packed weights of any bits: a stretch is expanded to 8-bit integers once for all blocks that meet it one after the other. */
final class ExpandedProducts implements IntegerProducts {
    private final IntegerProducts.OfBytes products;
    private final Buffer values = new Buffer();
    private final Buffer packed = new Buffer();
    /** What {@link #packed} holds. */
    private CpuQuantizedWeights weights;
    private int stretch;

    /** @param products closed with this */
    ExpandedProducts(IntegerProducts.OfBytes products) {
        this.products = products;
    }

    @Override
    public void prepare(MemorySegment codes, int tokens, int in) {
        products.prepare(codes, tokens, in);
    }

    @Override
    public void multiply(CpuQuantizedWeights weights, int stretch, MemorySegment sums) {
        int rows = weights.rows(stretch);
        if (weights != this.weights || stretch != this.stretch) expand(weights, stretch, rows);
        products.multiply(packed.memory(), rows, sums);
    }

    private void expand(CpuQuantizedWeights weights, int stretch, int rows) {
        this.weights = null; // until it is whole: the memory may run out on the way
        int in = weights.in();
        MemorySegment expanded = values.ofBytes((long) rows * in).asSlice(0, (long) rows * in);
        int first = weights.firstRow(stretch);
        PackedWeightReader.expand(weights.source(), first, first + rows, expanded);
        products.pack(expanded, rows, in, packed.ofBytes(products.packedBytes(rows, in)));
        this.weights = weights;
        this.stretch = stretch;
    }

    @Override
    public void close() {
        products.close();
        values.close();
        packed.close();
    }
}
