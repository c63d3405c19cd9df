package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/** A product of each kind, the way that a device on this machine makes it, against plain loops: whether it can be trusted at all. */
public final class ProductTrial {
    /** Tokens, channels and outputs. */
    private static final int TRIAL = 64;

    private ProductTrial() {}

    /**
     * {@return what products come out wrong of, for people; empty if all are right}
     *
     * @param device that nobody else uses meanwhile
     */
    public static List<String> wrong(ComputeDevice device) {
        try (var _ = TensorScope.open()) {
            var wrong = new ArrayList<String>();
            for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
                Tensor ones = Tensor.zeros(type, TRIAL, TRIAL).add(1);
                if (device.kernels().linear(ones, ones, null).toFloats()[0] != TRIAL) wrong.add(type.toString());
            }
            if (!sumsAreExact(device)) wrong.add("8-bit integers");
            if (!packedSumsAreExact(device)) wrong.add("4-bit weights");
            return wrong;
        }
    }

    /** With the largest codes, whose sums need more than 16 bits at once. */
    private static boolean sumsAreExact(ComputeDevice device) {
        Tensor codes = Tensor.empty(ElementType.I8, TRIAL, TRIAL);
        for (long i = 0; i < codes.segment().byteSize(); i++) {
            codes.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (127 - i * 7 % 256));
        }
        byte[] bytes = codes.segment().toArray(ValueLayout.JAVA_BYTE);
        var ones = new float[TRIAL];
        Arrays.fill(ones, 1);
        try (var weights = device.weights().quantizedWeights(codes.segment(), ones, null)) {
            float[] sums = device.kernels()
                    .linear(new QuantizedRows(codes, Tensor.ofFloats(ones, TRIAL)), weights, ElementType.F32)
                    .toFloats();
            return IntStream.range(0, sums.length).allMatch(i -> sums[i] == sum(bytes, i / TRIAL, i % TRIAL));
        }
    }

    /** Codes 15, zero points 0 and multipliers 1, as they are multiplied fastest. */
    private static boolean packedSumsAreExact(ComputeDevice device) {
        var scheme = new WeightScheme(new CodeRange(4), Rounding.MINMAX, new GroupSize.Multiples(TRIAL),
                new Rotation.None());
        Tensor codes = Tensor.empty(ElementType.I8, TRIAL, TRIAL);
        codes.segment().fill((byte) -128);
        var ones = new float[TRIAL];
        Arrays.fill(ones, 1);
        try (var memory = Arena.ofShared()) {
            PackedWeight packed = PackedWeight.allocate(memory, TRIAL, TRIAL, scheme);
            packed.codes().fill((byte) 0xFF);
            for (long row = 0; row < TRIAL; row++) {
                packed.scales().set(ValueLayout.JAVA_FLOAT_UNALIGNED, row * Float.BYTES, 1);
            }
            try (var weights = device.weights().packedWeights(packed, null)) {
                float[] sums = device.kernels()
                        .linear(new QuantizedRows(codes, Tensor.ofFloats(ones, TRIAL)), weights, ElementType.F32)
                        .toFloats();
                return IntStream.range(0, sums.length).allMatch(i -> sums[i] == -128 * 15 * TRIAL);
            }
        }
    }

    private static int sum(byte[] codes, int row, int otherRow) {
        return IntStream.range(0, TRIAL).map(k -> codes[row * TRIAL + k] * codes[otherRow * TRIAL + k]).sum();
    }
}
