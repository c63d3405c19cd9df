package dvdquant.tensor.cpu.machine;

import dvdquant.tensor.Abilities;
import dvdquant.tensor.Abilities.Products;
import jdk.incubator.vector.FloatVector;
import org.bytedeco.dnnl.global.dnnl;

/**
 * The instructions that products are made of: those of the processor, or fewer if {@code ONEDNN_MAX_CPU_ISA} says so.
 *
 * @param bits as oneDNN numbers sets of instructions: one that holds another has its bits
 */
public record InstructionSet(int bits) {
    private static final int AVX2 = dnnl.dnnl_cpu_isa_avx2;
    private static final int AVX2_VNNI = dnnl.dnnl_cpu_isa_avx2_vnni;
    private static final int AVX512 = dnnl.dnnl_cpu_isa_avx512_core;
    private static final int AVX512_VNNI = dnnl.dnnl_cpu_isa_avx512_core_vnni;
    private static final int AVX512_BF16 = dnnl.dnnl_cpu_isa_avx512_core_bf16;
    private static final int AMX = dnnl.dnnl_cpu_isa_avx512_core_amx;

    /** What oneDNN may use. */
    public static InstructionSet effective() {
        return new InstructionSet(dnnl.dnnl_get_effective_cpu_isa());
    }

    private boolean has(int set) {
        return (bits & set) == set;
    }

    public boolean hasAvx2() {
        return has(AVX2);
    }

    public boolean hasAvx512() {
        return has(AVX512);
    }

    /** Whether products of floats are ours: oneDNN's are for wider vectors, and for older processors. */
    public boolean multipliesFloatsInPanels() {
        return hasAvx2() && !hasAvx512();
    }

    /** Whether sums of products of 8-bit integers are made in 32 bits, exactly; older instructions saturate at 16. */
    public boolean hasVnni() {
        return has(AVX2_VNNI) || has(AVX512_VNNI);
    }

    /** Whether products take bf16 as it is. AVX2's conversions (AVX-NE-CONVERT) multiply in f32 all the same. */
    public boolean hasBf16Products() {
        return has(AVX512_BF16);
    }

    public boolean hasAmx() {
        return has(AMX);
    }

    /** What our kernels do with them. */
    public Abilities abilities() {
        return new Abilities(toString(), FloatVector.SPECIES_PREFERRED.vectorBitSize(), hasBf16Products()
                ? new Products(true, "instructions of their own")
                : new Products(false, "f32's instructions (bf16 saves memory, no time)"), int8());
    }

    private Products int8() {
        if (hasVnni())
            return new Products(true,
                    hasAmx() ? "instructions of their own (AMX)" : "instructions of their own (VNNI)");
        return hasAvx2()
                ? new Products(false, "16-bit instructions, exactly (4-bit weights as they are packed)")
                : new Products(false, "f32's instructions, exactly");
    }

    /** For people. */
    @Override
    public String toString() {
        if (hasAmx()) return "AMX";
        if (has(AVX512_BF16)) return "AVX-512 with BF16";
        if (has(AVX512_VNNI)) return "AVX-512 with VNNI";
        if (has(AVX512)) return "AVX-512";
        if (has(AVX2_VNNI)) return "AVX2 with VNNI";
        return has(AVX2) ? "AVX2" : "SSE4.1";
    }
}
