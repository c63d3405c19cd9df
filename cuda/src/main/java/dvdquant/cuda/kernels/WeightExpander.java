package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.Kernel;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.cuda.weights.CudaQuantizedWeights;
import dvdquant.cuda.weights.CudaQuantizedWeights.PackedForm;
import dvdquant.tensor.Tensor;

/** Packed weights to 8-bit integers, zero points and multipliers folded in, just before their product: expand_weights.cu. */
final class WeightExpander {
    /** Codes that a thread of the kernel expands. */
    private static final int CODES = 64;

    private final KernelLibrary library;

    WeightExpander(KernelLibrary library) {
        this.library = library;
    }

    /** The macros of a specialization. */
    static KernelSource source(int bits, int group) {
        return new KernelSource("expand_weights.cu").with("BITS", bits).with("GROUP", group);
    }

    /** @return I8 [out, in], in the caller's scope */
    Tensor expand(CudaQuantizedWeights weights) {
        PackedForm form = weights.form();
        Tensor packed = weights.bytes();
        int out = weights.out();
        int in = weights.in();
        if (form.expanded()) return packed.viewOfBytes(ElementType.I8, out, in);
        Tensor values = Tensor.empty(packed.device(), ElementType.I8, out, in);
        Kernel kernel = library.kernel(source(form.bits(), in / form.groups()), "expand_weights");
        long count = (long) out * in;
        long at = packed.address();
        kernel.launch(Math.ceilDiv(count, (long) CODES * kernel.shape().threads()), new Arguments().large(at)
                .large(at + form.parts().offset(1)).large(at + form.parts().offset(2)).large(count).tensor(values));
        return values;
    }
}
