package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.natives.NativeAddress;
import dvdquant.tensor.natives.TensorException;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.Pointer;
import org.bytedeco.javacpp.PointerScope;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * A matrix product of oneDNN, compiled once for its sizes and run on memory given by address. Used by one thread at a time, and by
 * such that have as many threads for OpenMP as the one that made it: oneDNN plans for so many.
 */
public final class Matmul implements PackedProduct, AutoCloseable {
    /**
     * What to compute: result [m, n] = source [m, k] · weights [k, n] + bias [n].
     *
     * @param sourceStride elements from one row of the source to the next
     * @param resultStride elements from one row of the result to the next
     * @param weights how the weights lie in memory
     * @param add whether the product is added to what the result's memory holds
     */
    public record Spec(long m, long k, long n, ElementType type, ElementType resultType, long sourceStride,
            long resultStride,
            Weights weights, boolean bias, boolean add) {}

    /**
     * How weights lie in memory: element (row of k, column of n) at {@code k · strideK + n · strideN}.
     *
     * @param packed whether {@link #pack} turns them into oneDNN's own layout before use; pays when they are used often
     */
    public record Weights(long strideK, long strideN, boolean packed) {}

    private final PointerScope owner = new PointerScope();
    private final stream stream;
    private final matmul primitive;
    private final memory source;
    private final memory weights;
    private final memory bias;
    private final memory result;
    private final memory unpacked;
    private final reorder packing;
    private final long packedBytes;
    private final Optional<VnniPanels> panels;
    private final IntMemoryMap arguments = new IntMemoryMap();

    Matmul(engine engine, Spec spec) {
        try {
            var elementType = dataType(spec.type);
            var sourceLayout = new memory.desc(new long[]{spec.m, spec.k}, elementType,
                    new long[]{spec.sourceStride, 1});
            var plainWeights = new memory.desc(new long[]{spec.k, spec.n}, elementType,
                    new long[]{spec.weights.strideK, spec.weights.strideN});
            var anyWeights = new memory.desc(new long[]{spec.k, spec.n}, elementType, memory.format_tag.any);
            var biasLayout = new memory.desc(new long[]{1, spec.n}, elementType, memory.format_tag.ab);
            var resultLayout = new memory.desc(new long[]{spec.m, spec.n}, dataType(spec.resultType),
                    new long[]{spec.resultStride, 1});
            var weightsLayout = spec.weights.packed ? anyWeights : plainWeights;
            var postOps = new org.bytedeco.dnnl.post_ops();
            if (spec.add) postOps.append_sum();
            var attributes = new org.bytedeco.dnnl.primitive_attr();
            attributes.set_post_ops(postOps);
            var description = spec.bias
                    ? new matmul.primitive_desc(engine, sourceLayout, weightsLayout, biasLayout, resultLayout,
                            attributes, false)
                    : new matmul.primitive_desc(engine, sourceLayout, weightsLayout, resultLayout, attributes, false);
            refuseReferenceCode(spec, description.impl_info_str().getString());
            primitive = new matmul(description);
            stream = new stream(engine);
            source = new memory(sourceLayout, engine, none());
            result = new memory(resultLayout, engine, none());
            bias = spec.bias ? new memory(biasLayout, engine, none()) : null;
            weights = new memory(description.weights_desc(), engine, none());
            packedBytes = description.weights_desc().get_size();
            boolean rows = spec.weights.equals(new Weights(1, spec.k, true));
            panels = rows && spec.type == ElementType.I8
                    ? VnniPanels.of(description.weights_desc())
                    : Optional.empty();
            unpacked = spec.weights.packed ? new memory(plainWeights, engine, none()) : null;
            packing = spec.weights.packed ? new reorder(unpacked, weights) : null;
            arguments.put(dnnl.DNNL_ARG_SRC, source).put(dnnl.DNNL_ARG_WEIGHTS, weights).put(dnnl.DNNL_ARG_DST, result);
            if (spec.bias) arguments.put(dnnl.DNNL_ARG_BIAS, bias);
            owner.extend(); // the objects stay when the scope leaves this thread's stack
        } catch (RuntimeException e) {
            throw new TensorException("oneDNN cannot make the product " + spec + ": " + e.getMessage(), e);
        } finally {
            owner.close();
        }
    }

    /** oneDNN's reference code is right and a thousand times too slow: that a product fell to it must not go unnoticed. */
    private static void refuseReferenceCode(Spec spec, String implementation) {
        if (implementation.startsWith("ref")) {
            throw new TensorException("oneDNN has only reference code (" + implementation + ") for " + spec, null);
        }
    }

    @Override
    public long packedBytes() {
        return packedBytes;
    }

    /** How {@link #pack} lays weights out, if it is a way that we know. */
    Optional<VnniPanels> panels() {
        return panels;
    }

    /** Into oneDNN's layout. */
    @Override
    public void pack(MemorySegment from, MemorySegment to) {
        panels.ifPresentOrElse(known -> known.pack(from, to), () -> reorder(from, to));
    }

    /** {@link #pack} by oneDNN. */
    void reorder(MemorySegment from, MemorySegment to) {
        unpacked.set_data_handle(new NativeAddress(from.address()));
        weights.set_data_handle(new NativeAddress(to.address()));
        packing.execute(stream, unpacked, weights);
        stream._wait();
    }

    @Override
    public void run(long sourceAddress, long weightsAddress, long resultAddress) {
        run(sourceAddress, weightsAddress, 0, resultAddress);
    }

    /** @param biasAddress 0 if the specification has no bias */
    void run(long sourceAddress, long weightsAddress, long biasAddress, long resultAddress) {
        source.set_data_handle(new NativeAddress(sourceAddress));
        weights.set_data_handle(new NativeAddress(weightsAddress));
        if (bias != null) bias.set_data_handle(new NativeAddress(biasAddress));
        result.set_data_handle(new NativeAddress(resultAddress));
        primitive.execute(stream, arguments);
        stream._wait();
    }

    @Override
    public void close() {
        owner.close();
    }

    private static Pointer none() {
        return new NativeAddress(0);
    }

    private static memory.data_type dataType(ElementType type) {
        return switch (type) {
            case F32 -> memory.data_type.f32;
            case BF16 -> memory.data_type.bf16;
            case I8 -> memory.data_type.s8;
            case I32 -> memory.data_type.s32;
            case F16, BOOL, U8, F8_E4M3, I64, F64 ->
                throw new IllegalArgumentException("products of " + type + " are not used here");
        };
    }
}
