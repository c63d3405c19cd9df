package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.natives.NativeAddress;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.natives.TensorException;
import org.bytedeco.dnnl.IntMemoryMap;
import org.bytedeco.dnnl.engine;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.dnnl.matmul;
import org.bytedeco.dnnl.memory;
import org.bytedeco.dnnl.primitive_attr;
import org.bytedeco.dnnl.reorder;
import org.bytedeco.dnnl.stream;
import org.bytedeco.javacpp.PointerScope;

import java.lang.foreign.MemorySegment;

/** A batch of products in one call of oneDNN. */
public final class OneDnnBatch implements BatchProduct {
    private final engine engine;
    private final matmul primitive;
    private final memory.desc sourceLayout;
    private final memory.desc plainLayout;
    private final memory.desc weightsLayout;
    private final memory.desc resultLayout;
    private final memory.desc scratchLayout;
    private final Tensor packed;

    public OneDnnBatch(engine engine, Sizes sizes) {
        this.engine = engine;
        var attributes = new primitive_attr();
        // The library's own scratch memory belongs to the thread that makes the primitive.
        attributes.set_scratchpad_mode(dnnl.scratchpad_mode.user);
        sourceLayout = desc(new long[]{sizes.batch(), sizes.rows(), sizes.depth()}, sizes.rows() * sizes.sourceStride(),
                sizes.sourceStride());
        resultLayout = desc(new long[]{sizes.batch(), sizes.rows(), sizes.columns()}, sizes.rows() * sizes.columns(),
                sizes.columns());
        plainLayout = desc(new long[]{sizes.batch(), sizes.depth(), sizes.columns()}, sizes.depth() * sizes.columns(),
                sizes.columns());
        var any = new memory.desc(new long[]{sizes.batch(), sizes.depth(), sizes.columns()}, memory.data_type.f32,
                memory.format_tag.any);
        int threads = NativeThreads.count();
        NativeThreads.useInThisThread(1); // oneDNN plans for as many as there are where the primitive is made
        try {
            var description = new matmul.primitive_desc(engine, sourceLayout, any, resultLayout, attributes, false);
            String implementation = description.impl_info_str().getString();
            if (implementation.startsWith("ref")) {
                throw new TensorException("oneDNN has only reference code (" + implementation + ") for " + sizes, null);
            }
            primitive = new matmul(description);
            weightsLayout = description.weights_desc();
            scratchLayout = description.scratchpad_desc();
        } finally {
            NativeThreads.useInThisThread(threads);
        }
        packed = Tensor.empty(ElementType.U8, weightsLayout.get_size());
    }

    private static memory.desc desc(long[] dims, long matrixStride, long rowStride) {
        return new memory.desc(dims, memory.data_type.f32, new long[]{matrixStride, rowStride, 1});
    }

    @Override
    public void pack(Tensor weights) {
        try (var _ = new PointerScope()) {
            var plain = new memory(plainLayout, engine, new NativeAddress(weights.address()));
            var kept = new memory(weightsLayout, engine, new NativeAddress(packed.address()));
            var queue = new stream(engine);
            new reorder(plain, kept).execute(queue, plain, kept);
            queue._wait();
        }
    }

    @Override
    public long scratchBytes() {
        return scratchLayout.get_size();
    }

    @Override
    public void run(long sourceAddress, long resultAddress, MemorySegment scratch) {
        try (var _ = new PointerScope()) {
            var arguments = new IntMemoryMap();
            arguments.put(dnnl.DNNL_ARG_SRC, new memory(sourceLayout, engine, new NativeAddress(sourceAddress)))
                    .put(dnnl.DNNL_ARG_WEIGHTS, new memory(weightsLayout, engine, new NativeAddress(packed.address())))
                    .put(dnnl.DNNL_ARG_DST, new memory(resultLayout, engine, new NativeAddress(resultAddress)))
                    .put(dnnl.DNNL_ARG_SCRATCHPAD,
                            new memory(scratchLayout, engine, new NativeAddress(scratch.address())));
            var queue = new stream(engine);
            primitive.execute(queue, arguments);
            queue._wait();
        }
    }
}
