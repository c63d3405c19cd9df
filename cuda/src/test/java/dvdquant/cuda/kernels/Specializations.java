package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.cuda.kernels.IntegerProduct.Form;

import java.util.ArrayList;
import java.util.List;

/** The kernels as models need them: the widths of Wan2.1, HunyuanVideo and the demo model, each kernel in each of its forms. */
public final class Specializations {
    private static final List<String> ALL = List.of("sm_80", "sm_86", "sm_89", "sm_90a");
    private static final List<String> HOPPER = List.of("sm_90a");
    private static final List<String> BEFORE_HOPPER = List.of("sm_80", "sm_86", "sm_89");
    private static final ElementType BF16 = ElementType.BF16;
    private static final ElementType F32 = ElementType.F32;

    private Specializations() {}

    /** @param architectures that the source is written for */
    public record Case(KernelSource source, List<String> architectures) {}

    public static List<Case> all() {
        var cases = new ArrayList<Case>();
        addQuantization(cases);
        addRotations(cases);
        addRows(cases);
        addProducts(cases);
        addAttention(cases);
        addExpansion(cases);
        cases.add(new Case(new KernelSource("change.cu").with("INPUT_F32", 0), ALL));
        cases.add(new Case(new KernelSource("change.cu").with("INPUT_F32", 1), ALL));
        cases.add(new Case(new KernelSource("pause.cu"), ALL));
        return cases;
    }

    private static void addQuantization(List<Case> cases) {
        for (int width : new int[]{256, 1536, 3072, 5120}) { // after LayerNorm, for q, k, v and the feed-forward
            cases.add(quantization(width, BF16, 1, 8));
        }
        for (int width : new int[]{1024, 8960, 13_824}) { // after GELU
            cases.add(quantization(width, BF16, 2, 8));
        }
        for (int width : new int[]{1536, 5120, 8960, 14_848, 15_360}) { // by themselves
            cases.add(quantization(width, BF16, 0, 8));
        }
        for (int width : new int[]{256, 1536, 5120, 13_824}) {
            cases.add(quantization(width, BF16, 0, 4));
        }
        cases.add(quantization(1536, BF16, 1, 4));
        cases.add(quantization(5120, BF16, 1, 4));
        cases.add(quantization(8960, BF16, 2, 4));
        cases.add(quantization(13_824, BF16, 2, 4));
        for (int bits : new int[]{4, 8}) { // the demo model
            cases.add(quantization(256, F32, 0, bits));
            cases.add(quantization(256, F32, 1, bits));
            cases.add(quantization(1024, F32, 2, bits));
        }
        cases.add(quantization(5120, F32, 1, 8));
        cases.add(quantization(13_824, F32, 0, 4));
        cases.add(quantization(13_824, F32, 2, 8));
        cases.add(quantization(1536, BF16, 0, 128, new ActivationScales.PerTensor(), 4));
        cases.add(quantization(5120, BF16, 1, 128, new ActivationScales.PerTensor(), 8));
        for (int block : new int[]{8, 32, 1024}) {
            cases.add(quantization(5120, BF16, 1, 128, new ActivationScales.PerTokenBlockInteger(block), 4));
        }
    }

    private static void addRotations(List<Case> cases) {
        ActivationScales multiplied = ActivationScheme.ofBits(4).scales();
        for (int rotation : new int[]{0, 32, 64, 256}) {
            cases.add(quantization(5120, BF16, 1, rotation, new ActivationScales.PerToken(), 8));
            cases.add(quantization(5120, BF16, 0, rotation, multiplied, 4));
        }
        for (int rotation : new int[]{0, 256}) {
            cases.add(quantization(13_824, BF16, 2, rotation, multiplied, 4));
        }
        for (int width : new int[]{256, 5120, 13_824}) { // of what libtorch has rotated
            cases.add(quantization(width, F32, 0, 0, new ActivationScales.PerToken(), 8));
        }
        cases.add(quantization(13_824, F32, 0, 0, new ActivationScales.PerToken(), 4));
    }

    private static void addRows(List<Case> cases) {
        for (ElementType type : List.of(BF16, F32)) {
            for (int width : new int[]{256, 5120}) {
                cases.add(new Case(RowOperations.source("rows.cu", width, type).with("LAYER_NORM", 1), ALL));
            }
            for (int width : new int[]{256, 1536, 3072, 5120}) {
                cases.add(new Case(RowOperations.source("rms_norm.cu", width, type).with("HEAD_SIZE", 128)
                        .with("STRETCHES", 1), ALL));
            }
            cases.add(new Case(RowOperations.source("rms_norm.cu", 128, type).with("HEAD_SIZE", 128)
                    .with("STRETCHES", 24), ALL)); // heads by themselves
            for (int width : new int[]{1024, 5120, 8960, 13_824}) { // GELU and residuals
                cases.add(new Case(RowOperations.source("rows.cu", width, type), ALL));
            }
        }
    }

    private static void addProducts(List<Case> cases) {
        for (ElementType type : List.of(BF16, F32)) {
            for (boolean residual : new boolean[]{false, true}) {
                cases.add(new Case(Form.S8_WARPGROUPS.source(type, residual), HOPPER));
                cases.add(new Case(Form.S8_MMA.source(type, residual), BEFORE_HOPPER));
                cases.add(new Case(Form.S4_MMA.source(type, residual), BEFORE_HOPPER));
            }
        }
    }

    private static void addAttention(List<Case> cases) {
        for (ElementType type : List.of(BF16, F32)) {
            for (int headSize : new int[]{64, 128}) {
                cases.add(new Case(Int8Attention.source(headSize, type), HOPPER));
                cases.add(new Case(AttentionInputs.source(256, headSize, type), HOPPER));
            }
            for (int width : new int[]{1536, 3072, 5120}) {
                cases.add(new Case(AttentionInputs.source(width, 128, type), HOPPER));
            }
        }
    }

    private static void addExpansion(List<Case> cases) {
        for (int bits = 2; bits <= 8; bits++) {
            cases.add(new Case(WeightExpander.source(bits, 64), ALL));
        }
        for (int width : new int[]{256, 5120, 13_824}) { // a group a row
            cases.add(new Case(WeightExpander.source(4, width), ALL));
            cases.add(new Case(WeightExpander.source(8, width), ALL));
        }
        cases.add(new Case(WeightExpander.source(4, 8), ALL));
        cases.add(new Case(WeightExpander.source(4, 6), ALL));
        cases.add(new Case(WeightExpander.source(7, 12), ALL));
        cases.add(new Case(WeightExpander.source(5, 5), ALL));
    }

    /** As models have it: rotated in blocks of 128, with multipliers at 4 bits. */
    private static Case quantization(int width, ElementType type, int prologue, int bits) {
        return new Case(TokenQuantization.source(width, type, prologue, 128, ActivationScheme.ofBits(bits)), ALL);
    }

    private static Case quantization(int width, ElementType type, int prologue, int rotation, ActivationScales scales,
            int bits) {
        return new Case(TokenQuantization.source(width, type, prologue, rotation,
                new ActivationScheme(new ActivationRange(bits), scales)), ALL);
    }
}
