package dvdquant.tensor.cpu.integer;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.product.Matmul;
import dvdquant.tensor.cpu.product.Products;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;

/** oneDNN's products of 8-bit integers, which are exact where there are instructions for them: without VNNI they saturate. */
final class VnniProducts implements IntegerProducts.OfBytes {
    private static final int TOKENS = WeightLayout.VNNI.tokens();

    private final Products products;
    private final Buffer padded = new Buffer();
    private long block;
    private int in;

    VnniProducts(engine engine) {
        products = new Products(engine);
    }

    /** The product of a block of tokens with a stretch: [TOKENS, in] · [in, rows] → I32. */
    private Matmul product(int rows, int in) {
        return products.get(new Matmul.Spec(TOKENS, in, rows, ElementType.I8, ElementType.I32, in,
                IntegerProducts.stride(rows), new Matmul.Weights(1, in, true), false, false));
    }

    /** oneDNN's layout depends on the number of threads: on a thread like those that will multiply. */
    @Override
    public void pack(MemorySegment values, int rows, int in, MemorySegment packed) {
        product(rows, in).pack(values, packed);
    }

    @Override
    public long packedBytes(int rows, int in) {
        return product(rows, in).packedBytes();
    }

    /** A block that is not whole is copied to where it may be read past its end. */
    @Override
    public void prepare(MemorySegment codes, int tokens, int in) {
        this.in = in;
        this.block = codes.address();
        if (tokens == TOKENS) return;
        MemorySegment copy = padded.ofBytes((long) TOKENS * in);
        MemorySegment.copy(codes, 0, copy, 0, (long) tokens * in);
        copy.asSlice((long) tokens * in, (long) (TOKENS - tokens) * in).fill((byte) 0);
        block = copy.address();
    }

    @Override
    public void multiply(MemorySegment weights, int rows, MemorySegment sums) {
        product(rows, in).run(block, weights.address(), sums.address());
    }

    @Override
    public void close() {
        products.close();
        padded.close();
    }
}
