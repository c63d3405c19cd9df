package dvdquant.tensor.cpu.integer;

import dvdquant.core.format.ElementType;
import dvdquant.core.vector.Fma;
import dvdquant.tensor.cpu.integer.WeightLayout.Order;
import dvdquant.tensor.cpu.machine.Buffer;
import dvdquant.tensor.cpu.machine.FloatMemory;
import dvdquant.tensor.cpu.machine.InstructionSet;
import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.dnnl.engine;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Map;

import static dvdquant.tensor.cpu.machine.FloatMemory.FLOATS;
import static dvdquant.tensor.cpu.machine.FloatMemory.INTS;

/**
 * The int8 linear layer of one thread: a block of tokens times a stretch of the weights gives 32-bit integers, which are scaled
 * while they are in the cache. 2 · tokens · in · out operations.
 */
public final class IntegerLinear implements AutoCloseable {
    private static final int LANES = FLOATS.length();

    private final engine engine;
    private final InstructionSet instructions;
    private final Map<WeightLayout, IntegerProducts> products = new EnumMap<>(WeightLayout.class);
    private final Buffer sums = new Buffer();
    /** Of which a block is prepared, and which. */
    private Job job;
    private int prepared;

    public IntegerLinear(engine engine, InstructionSet instructions) {
        this.engine = engine;
        this.instructions = instructions;
    }

    public IntegerProducts products(WeightLayout layout) {
        return products.computeIfAbsent(layout, of -> of.products(engine, instructions));
    }

    /**
     * One call.
     *
     * @param codes [tokens, in] bytes
     * @param tokenScales [tokens]
     */
    public record Job(CpuQuantizedWeights weights, int tokens, MemorySegment codes, float[] tokenScales,
            Output output) {
        int blocks() {
            return Math.ceilDiv(tokens, weights.layout().tokens());
        }

        public long tasks() {
            boolean atOnce = weights.layout().order() == Order.STRETCH_AT_ONCE;
            return (long) weights.stretches() * (atOnce ? 1 : blocks());
        }
    }

    /**
     * Where the products go.
     *
     * @param result [tokens, out] of {@code type}
     * @param addition what they are added to, or null
     */
    public record Output(MemorySegment result, ElementType type, Addition addition) {}

    /**
     * residual + gate · product.
     *
     * @param residual [tokens, out], of the result's type
     * @param gate [out]
     */
    public record Addition(MemorySegment residual, float[] gate) {}

    public void run(Job job, long task) {
        int stretches = job.weights.stretches();
        switch (job.weights.layout().order()) {
            case STRETCH_BY_STRETCH -> run(job, (int) (task / job.blocks()), (int) (task % job.blocks()));
            case BLOCK_BY_BLOCK -> run(job, (int) (task % stretches), (int) (task / stretches));
            case STRETCH_AT_ONCE -> {
                for (int block = 0; block < job.blocks(); block++) {
                    run(job, (int) task, block);
                }
            }
        }
    }

    private void run(Job job, int stretch, int block) {
        CpuQuantizedWeights weights = job.weights;
        int token = block * weights.layout().tokens();
        int count = Math.min(weights.layout().tokens(), job.tokens - token);
        int rows = weights.rows(stretch);
        int stride = IntegerProducts.stride(rows);
        IntegerProducts product = products(weights.layout());
        prepare(job, product, token, count);
        MemorySegment memory = sums.ofBytes((long) weights.layout().tokens() * stride * Integer.BYTES);
        product.multiply(weights, stretch, memory);
        for (int t = 0; t < count; t++) {
            long from = (long) t * stride * Integer.BYTES;
            if (job.output.addition == null) {
                scale(job, memory, from, token + t, weights.firstRow(stretch), rows);
            } else {
                scaleAndAdd(job, memory, from, token + t, weights.firstRow(stretch), rows);
            }
        }
    }

    private void prepare(Job job, IntegerProducts product, int token, int count) {
        if (this.job == job && prepared == token) return;
        int in = job.weights.in();
        product.prepare(job.codes.asSlice((long) token * in, (long) count * in), count, in);
        this.job = job;
        prepared = token;
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
            FloatVector value = Fma.multiplyAdd(sum.mul(tokenScale), FloatVector.fromArray(FLOATS, scales, first + i),
                    FloatVector.fromArray(FLOATS, bias, first + i));
            FloatMemory.store(value, result, type, to + i);
        }
        for (; i < count; i++) {
            float sum = sums.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * 4L);
            FloatMemory.set(Fma.multiplyAdd(sum * tokenScale, scales[first + i], bias[first + i]), result, type,
                    to + i);
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
            FloatVector value = Fma.multiplyAdd(sum.mul(tokenScale), FloatVector.fromArray(FLOATS, scales, first + i),
                    FloatVector.fromArray(FLOATS, bias, first + i));
            value = Fma.multiplyAdd(value, FloatVector.fromArray(FLOATS, gate, first + i),
                    FloatMemory.load(residual, type, to + i));
            FloatMemory.store(value, result, type, to + i);
        }
        for (; i < count; i++) {
            float sum = sums.get(ValueLayout.JAVA_INT_UNALIGNED, from + i * 4L);
            float value = Fma.multiplyAdd(sum * tokenScale, scales[first + i], bias[first + i]);
            FloatMemory.set(Fma.multiplyAdd(value, gate[first + i], FloatMemory.get(residual, type, to + i)), result,
                    type, to + i);
        }
    }

    @Override
    public void close() {
        products.values().forEach(IntegerProducts::close);
        sums.close();
    }
}
