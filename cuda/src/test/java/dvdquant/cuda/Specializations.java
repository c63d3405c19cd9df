package dvdquant.cuda;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.ActivationRange;
import dvdquant.core.quant.ActivationScales;
import dvdquant.core.quant.ActivationScheme;
import dvdquant.cuda.IntegerProduct.Form;

import java.util.ArrayList;
import java.util.List;

/** The kernels as models need them: the widths of Wan2.1, HunyuanVideo and the demo model, each kernel in each of its forms. */
final class Specializations {
    private static final List<String> ALL = List.of("sm_80", "sm_86", "sm_89", "sm_90a");
    private static final List<String> HOPPER = List.of("sm_90a");
    private static final List<String> BEFORE_HOPPER = List.of("sm_80", "sm_86", "sm_89");
    private static final ElementType BF16 = ElementType.BF16;
    private static final ElementType F32 = ElementType.F32;

    private Specializations() {}

    /** @param architectures that the source is written for */
    record Case(KernelSource source, List<String> architectures) {}

    static List<Case> all() {
        var cases = new ArrayList<Case>();
        for (int width : new int[]{256, 1536, 3072, 5120}) { // after LayerNorm, for q, k, v and the feed-forward
            cases.add(quantization(width, BF16, 1, 8));
        }
        for (int width : new int[]{1024, 8960, 13_824}) { // after GELU
            cases.add(quantization(width, BF16, 2, 8));
        }
        for (int width : new int[]{5120, 8960, 14_848, 15_360}) { // by themselves
            cases.add(quantization(width, BF16, 0, 8));
        }
        cases.add(quantization(13_824, F32, 0, 4));
        cases.add(quantization(5120, BF16, 1, 4));
        cases.add(quantization(13_824, BF16, 2, 4));
        cases.add(quantization(1024, F32, 2, 8));
        cases.add(quantization(256, F32, 1, 4));
        cases.add(new Case(Quantization.source(1536, BF16, 0, 128,
                new ActivationScheme(new ActivationRange(4), new ActivationScales.PerTensor())), ALL));
        for (ElementType type : List.of(BF16, F32)) {
            for (int width : new int[]{256, 5120}) {
                cases.add(new Case(Rows.source("rows.cu", width, type), ALL));
                cases.add(new Case(Rows.source("rows.cu", width, type).with("LAYER_NORM", 1), ALL));
                cases.add(new Case(Rows.source("rms_norm.cu", width, type).with("HEAD_SIZE", 128), ALL));
            }
            for (boolean residual : new boolean[]{false, true}) {
                cases.add(new Case(Form.S8_WARPGROUPS.source(type, residual), HOPPER));
                cases.add(new Case(Form.S8_MMA.source(type, residual), BEFORE_HOPPER));
                cases.add(new Case(Form.S4_MMA.source(type, residual), BEFORE_HOPPER));
            }
            cases.add(new Case(Int8Attention.source(128, type), HOPPER));
        }
        cases.add(new Case(Int8Attention.source(64, BF16), HOPPER));
        for (int width : new int[]{256, 1536, 3072, 5120}) {
            cases.add(new Case(AttentionInputs.source(width, 128, BF16), HOPPER));
        }
        cases.add(new Case(AttentionInputs.source(256, 64, F32), HOPPER));
        for (int bits = 2; bits <= 8; bits++) {
            cases.add(new Case(WeightExpander.source(bits, 64), ALL));
        }
        cases.add(new Case(new KernelSource("change.cu").with("INPUT_F32", 0), ALL));
        cases.add(new Case(new KernelSource("change.cu").with("INPUT_F32", 1), ALL));
        cases.add(new Case(new KernelSource("pause.cu"), ALL));
        return cases;
    }

    private static Case quantization(int width, ElementType type, int prologue, int bits) {
        return new Case(Quantization.source(width, type, prologue, 128, ActivationScheme.ofBits(bits)), ALL);
    }
}
