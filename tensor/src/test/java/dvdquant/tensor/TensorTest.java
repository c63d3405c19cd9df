package dvdquant.tensor;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Float16;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.natives.TensorException;
import dvdquant.tensor.testing.NoLeaks;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

@NoLeaks
class TensorTest {
    private static final Offset<Float> CLOSE = within(1e-6f);

    private TensorScope scope;

    @BeforeEach
    void open() {
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
    }

    private static Tensor matrix() {
        return Tensor.ofFloats(new float[]{1, 2, 3, 4, 5, 6}, 2, 3);
    }

    private static Tensor vector(float... values) {
        return Tensor.ofFloats(values, values.length);
    }

    private static void assertClose(Tensor actual, double... expected) {
        float[] values = actual.toFloats();
        assertThat(values).hasSize(expected.length);
        for (int i = 0; i < values.length; i++) {
            assertThat(values[i]).as("element %d", i).isCloseTo((float) expected[i], CLOSE);
        }
    }

    private static void assertFails(Supplier<Tensor> operation, String... parts) {
        assertThatThrownBy(operation::get).isInstanceOf(TensorException.class)
                .hasCauseInstanceOf(RuntimeException.class)
                .message().hasLineCount(1).contains(parts);
    }

    // ---- Making tensors

    @ParameterizedTest
    @EnumSource
    void knowsEveryType(ElementType type) {
        Tensor zeros = Tensor.zeros(type, 2, 3);
        assertThat(zeros.type()).isEqualTo(type);
        assertThat(zeros.segment().byteSize()).isEqualTo(6L * type.sizeBytes());
        assertThat(zeros.segment().toArray(ValueLayout.JAVA_BYTE)).containsOnly(0);
        assertThat(zeros).hasToString(type + " [2, 3]");
        assertThat(Tensor.empty(type, 4).shape()).isEqualTo(Shape.of(4));
    }

    @Test
    void copiesValuesInAndOut() {
        float[] values = {1, Float.NaN, -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY, Float.MAX_VALUE};
        Tensor tensor = Tensor.ofFloats(values, 3, 2);
        values[0] = 7;
        assertThat(tensor.toFloats()).containsExactly(1, Float.NaN, -0f, Float.MIN_VALUE, Float.NEGATIVE_INFINITY,
                Float.MAX_VALUE);
        Tensor longs = Tensor.ofLongs(new long[]{Long.MIN_VALUE, -1, Long.MAX_VALUE}, 3);
        assertThat(longs.type()).isEqualTo(ElementType.I64);
        assertThat(longs.segment().toArray(ValueLayout.JAVA_LONG)).containsExactly(Long.MIN_VALUE, -1, Long.MAX_VALUE);
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.ofFloats(values, 2, 2))
                .withMessage("6 values for shape [2, 2]");
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.ofLongs(new long[1], 2));
    }

    @Test
    void holdsScalarsAndNothing() {
        assertThat(Tensor.ofFloats(new float[]{3}).toFloats()).containsExactly(3);
        assertThat(Tensor.ofFloats(new float[]{3}).shape().rank()).isZero();
        assertThat(Tensor.ofFloats(new float[0], 0, 3).toFloats()).isEmpty();
        assertThat(Tensor.over(MemorySegment.NULL, ElementType.F32, Shape.of(0)).segment().byteSize()).isZero();
    }

    @Test
    void liesOverForeignMemoryWithoutACopy() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocateFrom(ValueLayout.JAVA_FLOAT, 1, 2, 3, 4);
            Tensor tensor = Tensor.over(memory, ElementType.F32, Shape.of(2, 2));
            memory.setAtIndex(ValueLayout.JAVA_FLOAT, 3, 9);
            assertThat(tensor.toFloats()).containsExactly(1, 2, 3, 9);
            assertThat(tensor.segment().address()).isEqualTo(memory.address());
            assertThat(Tensor.over(memory.asReadOnly(), ElementType.F32, Shape.of(4)).add(1).toFloats())
                    .containsExactly(2, 3, 4, 10);
        }
    }

    @Test
    void liesOverMemoryAtAnyAlignment() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate(9).asSlice(1);
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 0, 1.5f);
            memory.set(ValueLayout.JAVA_FLOAT_UNALIGNED, 4, -2);
            assertThat(Tensor.over(memory, ElementType.F32, Shape.of(2)).toFloats()).containsExactly(1.5f, -2);
        }
    }

    @Test
    void refusesMemoryItCannotLieOver() {
        MemorySegment heap = MemorySegment.ofArray(new float[4]);
        assertThatIllegalArgumentException().isThrownBy(() -> Tensor.over(heap, ElementType.F32, Shape.of(4)))
                .withMessage("memory of a Java array for F32 [4]");
        try (Arena arena = Arena.ofConfined()) {
            assertThatIllegalArgumentException()
                    .isThrownBy(() -> Tensor.over(arena.allocate(15), ElementType.F32, Shape.of(2, 2)))
                    .withMessage("15 bytes for F32 [2, 2]");
        }
    }

    @Test
    void drawsTheNoiseThatTorchDraws() {
        Path golden = Path.of(System.getProperty("project.root"),
                "models/src/test/resources/golden/golden_wan.safetensors");
        try (var file = SafetensorsFile.open(golden)) {
            byte[] expected = file.tensor("noise").data().toArray(ValueLayout.JAVA_BYTE);
            Tensor noise = Tensor.randn(42, 1, 16, 5, 16, 16);
            assertThat(noise.segment().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(expected);
        }
        assertThat(Tensor.randn(1, 100).toFloats()).isEqualTo(Tensor.randn(1, 100).toFloats())
                .isNotEqualTo(Tensor.randn(2, 100).toFloats());
    }

    @Test
    void concatenates() {
        assertThat(Tensor.cat(List.of(matrix(), matrix().add(10)), 1).toFloats())
                .containsExactly(1, 2, 3, 11, 12, 13, 4, 5, 6, 14, 15, 16);
        assertThat(Tensor.cat(List.of(matrix(), vector(7, 8, 9).reshape(1, 3)), -2).shape()).isEqualTo(Shape.of(3, 3));
        assertFails(() -> Tensor.cat(List.of(matrix(), vector(1)), 0), "cat of [F32 [2, 3], F32 [1]] axis 0");
    }

    // ---- What it is

    @Test
    void readsHalvesAsFloats() {
        float[] values = {1, -2.5f, 1 / 3f, 1e30f, 1e-30f, 65504, Float.POSITIVE_INFINITY, Float.NaN};
        float[] bf16 = vector(values).to(ElementType.BF16).toFloats();
        float[] f16 = vector(values).to(ElementType.F16).toFloats();
        for (int i = 0; i < values.length; i++) {
            assertThat(bf16[i]).isEqualTo((Float) BFloat16.toFloat(BFloat16.fromFloat(values[i])));
            assertThat(f16[i]).isEqualTo((Float) Float16.toFloat(Float16.fromFloat(values[i])));
        }
    }

    @Test
    void givesItsMemoryOnlyInRowMajorOrder() {
        Tensor turned = matrix().transpose(0, 1);
        assertThat(turned.isContiguous()).isFalse();
        assertThatIllegalStateException().isThrownBy(turned::segment).withMessageContaining("F32 [3, 2]");
        assertThat(turned.toFloats()).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(turned.contiguous().segment().toArray(ValueLayout.JAVA_FLOAT)).containsExactly(1, 4, 2, 5, 3, 6);
        assertThat(matrix().dim(-1)).isEqualTo(3);
        Tensor tensor = matrix();
        assertThat(tensor.contiguous()).isSameAs(tensor);
        assertThat(tensor.to(ElementType.F32)).isSameAs(tensor);
    }

    // ---- Shapes

    @Test
    void changesShapes() {
        assertThat(matrix().reshape(3, -1).toFloats()).containsExactly(1, 2, 3, 4, 5, 6);
        assertThat(matrix().reshape(3, -1).shape()).isEqualTo(Shape.of(3, 2));
        assertThat(matrix().reshape(1, 2, 3).permute(2, 0, 1).shape()).isEqualTo(Shape.of(3, 1, 2));
        assertThat(vector(1, 2).reshape(2, 1).expand(2, 3).toFloats()).containsExactly(1, 1, 1, 2, 2, 2);
        assertThat(matrix().narrow(1, 1, 2).toFloats()).containsExactly(2, 3, 5, 6);
        assertThat(matrix().pad(1, 0, 0, 1).toFloats()).containsExactly(0, 1, 2, 3, 0, 4, 5, 6, 0, 0, 0, 0);
        assertThat(matrix().indexSelect(1, Tensor.ofLongs(new long[]{2, 0, 2}, 3)).toFloats())
                .containsExactly(3, 1, 3, 6, 4, 6);
    }

    @Test
    void copiesOnDemand() {
        Tensor original = vector(1, 2);
        Tensor copy = original.copy();
        original.segment().setAtIndex(ValueLayout.JAVA_FLOAT, 0, 9);
        assertThat(copy.toFloats()).containsExactly(1, 2);
        assertThat(original.reshape(2, 1).toFloats()).containsExactly(9, 2);
    }

    @Test
    void namesOperationAndOperandsInErrors() {
        assertFails(() -> matrix().reshape(4, 2), "reshape F32 [2, 3] to [4, 2]: ");
        assertFails(() -> matrix().permute(0, 2), "permute F32 [2, 3] by [0, 2]: ");
        assertFails(() -> matrix().transpose(0, 5), "transpose F32 [2, 3] by 0 and 5: ");
        assertFails(() -> matrix().expand(5, 3), "expand F32 [2, 3] to [5, 3]: ");
        assertFails(() -> matrix().narrow(0, 1, 4), "narrow F32 [2, 3] axis 0 to 4 from 1: ");
        assertFails(() -> matrix().pad(1, 1, 1), "pad F32 [2, 3] by [1, 1, 1]: ");
        assertFails(() -> matrix().indexSelect(0, Tensor.ofLongs(new long[]{2}, 1)),
                "index_select F32 [2, 3] axis 0 by I64 [1]: ");
        assertFails(() -> matrix().add(vector(1, 2)), "add F32 [2, 3] and F32 [2]: ");
        assertFails(() -> matrix().subtract(vector(1, 2)), "sub F32 [2, 3] and F32 [2]: ");
        assertFails(() -> matrix().multiply(vector(1, 2)), "mul F32 [2, 3] and F32 [2]: ");
        assertFails(() -> matrix().divide(vector(1, 2)), "div F32 [2, 3] and F32 [2]: ");
        assertFails(() -> matrix().matmul(matrix()), "matmul F32 [2, 3] × F32 [2, 3]: ");
        assertFails(() -> matrix().linear(vector(1, 2), null), "linear F32 [2, 3] by F32 [2]: ");
        assertFails(() -> matrix().softmax(2), "softmax F32 [2, 3] axis 2: ");
        assertFails(() -> matrix().mean(2, true), "mean F32 [2, 3] axis 2: ");
        assertFails(() -> matrix().norm(2), "norm F32 [2, 3] axis 2: ");
        assertFails(() -> matrix().conv3d(matrix(), vector(1), new long[]{1, 1, 1}, new long[]{0, 0, 0}),
                "conv3d F32 [2, 3] by F32 [2, 3]: ");
        assertFails(() -> Tensor.scaledDotProductAttention(matrix(), vector(1), vector(1)),
                "attention F32 [2, 3] over F32 [1]: ");
        assertFails(() -> Tensor.empty(ElementType.F32, Long.MAX_VALUE / 8), "empty [1152921504606846975]: ");
    }

    // ---- Elementwise, reductions, products

    @Test
    void computesElementwise() {
        Tensor x = vector(-1.5f, 0.5f, 2.5f);
        assertThat(x.add(vector(1, 2, 3)).toFloats()).containsExactly(-0.5f, 2.5f, 5.5f);
        assertThat(x.add(1).toFloats()).containsExactly(-0.5f, 1.5f, 3.5f);
        assertThat(x.subtract(vector(1, 2, 3)).toFloats()).containsExactly(-2.5f, -1.5f, -0.5f);
        assertThat(x.multiply(vector(2, 0, -1)).toFloats()).containsExactly(-3, 0, -2.5f);
        assertThat(x.multiply(2).toFloats()).containsExactly(-3, 1, 5);
        assertThat(x.divide(vector(2, 2, 0)).toFloats()).containsExactly(-0.75f, 0.25f, Float.POSITIVE_INFINITY);
        assertThat(x.clamp(-1, 1).toFloats()).containsExactly(-1, 0.5f, 1);
        assertThat(x.relu().toFloats()).containsExactly(0, 0.5f, 2.5f);
        assertThat(x.round().toFloats()).containsExactly(-2, 0, 2); // ties to even
        assertThat(x.to(ElementType.I32).type()).isEqualTo(ElementType.I32);
        assertThat(matrix().multiply(vector(1, 0, 2)).toFloats()).containsExactly(1, 0, 6, 4, 0, 12);
        assertClose(x.silu(), -1.5 / (1 + Math.exp(1.5)), 0.5 / (1 + Math.exp(-0.5)), 2.5 / (1 + Math.exp(-2.5)));
    }

    @Test
    void reduces() {
        double sum = Math.exp(1) + Math.exp(2) + Math.exp(3);
        assertClose(vector(1, 2, 3).softmax(-1), Math.exp(1) / sum, Math.exp(2) / sum, Math.exp(3) / sum);
        assertClose(matrix().norm(1), Math.sqrt(14), Math.sqrt(77));
        assertThat(matrix().norm(-1).shape()).isEqualTo(Shape.of(2, 1));
        assertThat(matrix().mean(0, false).toFloats()).containsExactly(2.5f, 3.5f, 4.5f);
        assertThat(matrix().mean(0, false).shape()).isEqualTo(Shape.of(3));
        assertThat(matrix().mean(-1, true).shape()).isEqualTo(Shape.of(2, 1));
    }

    @Test
    void multipliesMatrices() {
        assertThat(matrix().matmul(matrix().transpose(0, 1)).toFloats()).containsExactly(14, 32, 32, 77);
        assertThat(matrix().linear(matrix(), null).toFloats()).containsExactly(14, 32, 32, 77);
        assertThat(matrix().linear(matrix(), vector(1, -1)).toFloats()).containsExactly(15, 31, 33, 76);
    }

    @Test
    void convolves() {
        Tensor video = Tensor.ofFloats(new float[]{1, 2, 3, 4, 5, 6, 7, 8}, 1, 1, 2, 2, 2);
        Tensor sum = Tensor.ofFloats(new float[]{1, 1}, 1, 1, 1, 1, 2);
        assertThat(video.conv3d(sum, vector(0.5f), new long[]{1, 2, 1}, new long[]{0, 0, 0}).toFloats())
                .containsExactly(3.5f, 11.5f);
    }

    @Test
    void findsTheLargestOfEachWindow() {
        Tensor video = Tensor.ofFloats(new float[]{1, 5, 2, 0, -1, -2, 7, 8, 9, -3, -4, -5}, 1, 1, 2, 2, 3);
        assertThat(video.maxPool(2, 1).toFloats()).containsExactly(5, 5, 8, 9);
        assertThat(video.maxPool(2, 2).shape()).isEqualTo(Shape.of(1, 1, 2, 1, 1));
        assertFails(() -> video.maxPool(4, 1), "max_pool3d F32 [1, 1, 2, 2, 3] by 4: ");
    }

    @Test
    void attends() {
        Tensor query = Tensor.ofFloats(new float[]{1, 0, 0, 1}, 1, 1, 1, 4);
        Tensor key = Tensor.ofFloats(new float[]{2, 0, 0, 0, 0, 0, 0, 0}, 1, 1, 2, 4);
        Tensor value = Tensor.ofFloats(new float[]{1, 0, 0, 0, 0, 1, 0, 0}, 1, 1, 2, 4);
        double first = Math.exp(1) / (Math.exp(1) + 1); // scores 2 / √4 and 0
        assertClose(Tensor.scaledDotProductAttention(query, key, value), first, 1 - first, 0, 0);
    }

    @Test
    void gelusOfClip() {
        float[] values = {-3f, -0.5f, 0, 0.7f, 2.5f};
        float[] exact = Tensor.ofFloats(values, 5).geluExact().toFloats();
        float[] quick = Tensor.ofFloats(values, 5).quickGelu().toFloats();
        // erf by its series: x · (1 + erf(x / √2)) / 2
        for (int i = 0; i < values.length; i++) {
            double x = values[i];
            double z = x / Math.sqrt(2);
            double erf = 0;
            double term = z;
            for (int n = 0; n < 60; n++) {
                erf += term / (2 * n + 1);
                term *= -z * z / (n + 1);
            }
            assertThat((double) exact[i]).isCloseTo(x * (1 + erf * 2 / Math.sqrt(Math.PI)) / 2, within(1e-6));
            assertThat((double) quick[i]).isCloseTo(x / (1 + Math.exp(-1.702 * x)), within(1e-6));
        }
    }

    @Test
    void groupNormNormsTheChannelsOfAGroupTogether() {
        float[] x = Seeds.gaussian(1, 4 * 6);
        float[] gain = {1, 2, 3, 4};
        float[] offset = {0.5f, 0, -1, 2};
        float[] found = Tensor.ofFloats(x, 1, 4, 1, 2, 3)
                .groupNorm(2, Tensor.ofFloats(gain, 4), Tensor.ofFloats(offset, 4), 1e-6).toFloats();
        for (int group = 0; group < 2; group++) {
            double mean = 0;
            double variance = 0;
            for (int i = group * 12; i < (group + 1) * 12; i++) {
                mean += x[i] / 12.0;
            }
            for (int i = group * 12; i < (group + 1) * 12; i++) {
                variance += (x[i] - mean) * (x[i] - mean) / 12;
            }
            for (int i = group * 12; i < (group + 1) * 12; i++) {
                assertThat((double) found[i]).isCloseTo(
                        (x[i] - mean) / Math.sqrt(variance + 1e-6) * gain[i / 6] + offset[i / 6], within(1e-5));
            }
        }
    }

    @Test
    void paddingByReplicationRepeatsTheFirstFrame() {
        Tensor x = Tensor.ofFloats(new float[]{1, 2, 3, 4}, 1, 1, 2, 1, 2);
        assertThat(x.padReplicated(1, 0, 0, 0, 2, 0).toFloats()).containsExactly(1, 1, 2, 1, 1, 2, 1, 1, 2, 3, 3, 4);
    }

    /** Four heads of queries read two of keys; a token sees none after it. */
    @Test
    void causalAttentionSharesKeysAmongHeads() {
        int tokens = 7;
        int size = 8;
        float[] q = Seeds.gaussian(1, tokens * 4 * size);
        float[] k = Seeds.gaussian(2, tokens * 2 * size);
        float[] v = Seeds.gaussian(3, tokens * 2 * size);
        float[] found = LibtorchAttention.causal(Tensor.ofFloats(q, tokens, 4 * size),
                Tensor.ofFloats(k, tokens, 2 * size), Tensor.ofFloats(v, tokens, 2 * size), 4, 2).toFloats();
        for (int t = 0; t < tokens; t++) {
            for (int head = 0; head < 4; head++) {
                var weights = new double[t + 1];
                double total = 0;
                for (int key = 0; key <= t; key++) {
                    double score = 0;
                    for (int c = 0; c < size; c++) {
                        score += (double) q[(t * 4 + head) * size + c] * k[(key * 2 + head / 2) * size + c];
                    }
                    weights[key] = Math.exp(score / Math.sqrt(size));
                    total += weights[key];
                }
                for (int c = 0; c < size; c++) {
                    double sum = 0;
                    for (int key = 0; key <= t; key++) {
                        sum += weights[key] / total * v[(key * 2 + head / 2) * size + c];
                    }
                    assertThat((double) found[(t * 4 + head) * size + c]).isCloseTo(sum, within(1e-5));
                }
            }
        }
    }
}
