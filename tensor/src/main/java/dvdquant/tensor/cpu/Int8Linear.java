package dvdquant.tensor.cpu;

import dvdquant.core.format.ElementType;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

import static dvdquant.tensor.cpu.Rows.FLOATS;
import static dvdquant.tensor.cpu.Rows.INTS;

/**
 * The int8 linear layer of one thread: a block of tokens times a stretch of the weights gives 32-bit integers, which are scaled
 * while they are in the cache. 2 · tokens · in · out operations.
 */
final class Int8Linear implements AutoCloseable {
    private static final int LANES = FLOATS.length();

    private final IntegerProducts products;
    private final Buffer sums = new Buffer();

    /** @param products of this thread; closed with this */
    Int8Linear(IntegerProducts products) {
        this.products = products;
    }

    IntegerProducts products() {
        return products;
    }

    /**
     * One call.
     *
     * @param codes [tokens, in] bytes
     * @param tokenScales [tokens]
     */
    record Job(CpuInt8Weights weights, int tokens, MemorySegment codes, float[] tokenScales, Output output) {
        int blocks() {
            return Math.ceilDiv(tokens, CpuInt8Weights.BLOCK);
        }

        long tasks() {
            return (long) weights.stretches() * blocks();
        }
    }

    /**
     * Where the products go.
     *
     * @param result [tokens, out] of {@code type}
     * @param addition what they are added to, or null
     */
    record Output(MemorySegment result, ElementType type, Addition addition) {}

    /**
     * residual + gate · product.
     *
     * @param residual [tokens, out], of the result's type
     * @param gate [out]
     */
    record Addition(MemorySegment residual, float[] gate) {}

    /** A stretch's blocks follow one another, so that its weights stay in the cache. */
    void run(Job job, long task) {
        int stretch = (int) (task / job.blocks());
        int token = (int) (task % job.blocks()) * CpuInt8Weights.BLOCK;
        int count = Math.min(CpuInt8Weights.BLOCK, job.tokens - token);
        int rows = job.weights.rows(stretch);
        int in = job.weights.in();
        MemorySegment memory = sums.ofBytes((long) CpuInt8Weights.BLOCK * rows * Integer.BYTES);
        products.multiply(job.codes.asSlice((long) token * in, (long) count * in), count, in,
                job.weights.packed(stretch), rows, memory);
        for (int t = 0; t < count; t++) {
            long from = (long) t * rows * Integer.BYTES;
            if (job.output.addition == null) {
                scale(job, memory, from, token + t, stretch * CpuInt8Weights.STRETCH, rows);
            } else {
                scaleAndAdd(job, memory, from, token + t, stretch * CpuInt8Weights.STRETCH, rows);
            }
        }
    }

    /**
     * What is done to a vector stands in the loop. In a method of its own it is compiled before the loop is, to more machine code than the
     * JIT then inlines, and every vector is boxed.
     */
    private static void scale(Job job, MemorySegment sums, long from, int token, int first, int count) {
        float[] scales = job.weights.scales();
        float[] bias = job.weights.bias();
        float tokenScale = job.tokenScales[token];
        MemorySegment result = job.output.result;
        ElementType type = job.output.type;
        long to = (long) token * job.weights.out() + first;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector sum = (FloatVector) IntVector
                    .fromMemorySegment(INTS, sums, from + i * 4L, ByteOrder.LITTLE_ENDIAN)
                    .convert(VectorOperators.I2F, 0);
            FloatVector value = sum.mul(tokenScale).fma(FloatVector.fromArray(FLOATS, scales, first + i),
                    FloatVector.fromArray(FLOATS, bias, first + i));
            Rows.store(value, result, type, to + i);
        }
        for (; i < count; i++) {
            float sum = sums.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * 4L);
            Rows.set(Math.fma(sum * tokenScale, scales[first + i], bias[first + i]), result, type, to + i);
        }
    }

    /** {@link #scale}, and the addition of the residual. */
    private static void scaleAndAdd(Job job, MemorySegment sums, long from, int token, int first, int count) {
        float[] scales = job.weights.scales();
        float[] bias = job.weights.bias();
        float[] gate = job.output.addition.gate;
        float tokenScale = job.tokenScales[token];
        MemorySegment residual = job.output.addition.residual;
        MemorySegment result = job.output.result;
        ElementType type = job.output.type;
        long to = (long) token * job.weights.out() + first;
        int i = 0;
        for (; i <= count - LANES; i += LANES) {
            FloatVector sum = (FloatVector) IntVector
                    .fromMemorySegment(INTS, sums, from + i * 4L, ByteOrder.LITTLE_ENDIAN)
                    .convert(VectorOperators.I2F, 0);
            FloatVector value = sum.mul(tokenScale).fma(FloatVector.fromArray(FLOATS, scales, first + i),
                    FloatVector.fromArray(FLOATS, bias, first + i));
            value = value.fma(FloatVector.fromArray(FLOATS, gate, first + i), Rows.load(residual, type, to + i));
            Rows.store(value, result, type, to + i);
        }
        for (; i < count; i++) {
            float sum = sums.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * 4L);
            float value = Math.fma(sum * tokenScale, scales[first + i], bias[first + i]);
            Rows.set(Math.fma(value, gate[first + i], Rows.get(residual, type, to + i)), result, type, to + i);
        }
    }

    @Override
    public void close() {
        products.close();
        sums.close();
    }
}
