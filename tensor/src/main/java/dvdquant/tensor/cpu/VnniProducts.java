package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;

import static dvdquant.tensor.cpu.CpuInt8Weights.BLOCK;

/** oneDNN's products of 8-bit integers, which are exact where there are instructions for them: without VNNI they saturate. */
final class VnniProducts implements IntegerProducts {
    private final Products products;
    private final Buffer padded = new Buffer();

    VnniProducts(engine engine) {
        products = new Products(engine);
    }

    /** The product of a block of tokens with a stretch: [BLOCK, in] · [in, rows] → I32. */
    private Matmul product(int rows, int in) {
        return products.get(new Matmul.Spec(BLOCK, in, rows, ElementType.I8, ElementType.I32, in, rows,
                new Matmul.Weights(1, in, true), false, false));
    }

    @Override
    public long packedBytes(int rows, int in) {
        return product(rows, in).packedBytes();
    }

    @Override
    public void pack(MemorySegment values, int rows, int in, MemorySegment packed) {
        product(rows, in).pack(values.address(), packed.address());
    }

    @Override
    public void multiply(MemorySegment codes, int tokens, int in, MemorySegment weights, int rows, MemorySegment sums) {
        product(rows, in).run(whole(codes, tokens, in), weights.address(), 0, sums.address());
    }

    /** The address of a block of codes; one that is not whole is copied to where it may be read past its end. */
    private long whole(MemorySegment codes, int tokens, long in) {
        if (tokens == BLOCK) return codes.address();
        MemorySegment copy = padded.ofBytes(BLOCK * in);
        MemorySegment.copy(codes, 0, copy, 0, tokens * in);
        copy.asSlice(tokens * in, (BLOCK - tokens) * in).fill((byte) 0);
        return copy.address();
    }

    @Override
    public void close() {
        products.close();
        padded.close();
    }
}
