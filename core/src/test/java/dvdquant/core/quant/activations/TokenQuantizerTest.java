package dvdquant.core.quant.activations;

import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TokenQuantizerTest {
    static LongStream seeds() {
        return Seeds.of(3);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void givesTheCodesOfTheReference(long seed) {
        for (int channels : new int[]{1, 4, 6, 13, 25, 207, 702, 2046, 1536, 5120, 8960, 13824}) {
            int rotated = Math.min(128, Integer.lowestOneBit(channels));
            int block = channels % 128 == 0 ? 128 : channels % 13 == 0 ? 13 : 1;
            for (Rotation rotation : List.of(new Rotation.None(), new Rotation.Blocks(rotated, seed))) {
                for (int bits : new int[]{4, 6, 8}) {
                    check(seed, channels, rotation, bits, new ActivationScales.PerToken());
                    check(seed, channels, rotation, bits, new ActivationScales.PerTokenBlockInteger(block));
                }
            }
        }
    }

    private static void check(long seed, int channels, Rotation rotation, int bits, ActivationScales granularity) {
        float[] values = Seeds.gaussian(seed, channels);
        values[channels / 2] *= 30;
        if (channels >= 256) Arrays.fill(values, 128, 256, 0);
        HadamardRotation prepared = rotation.forColumns(channels);
        float[] rotated = values.clone();
        prepared.rotateReference(rotated, 0);
        var range = new ActivationRange(bits);
        var reference = ActivationQuantizer.quantize(rotated, 1, range, granularity);
        byte[] codes = new byte[channels + 3];
        var source = MemorySegment.ofArray(values);
        float scale = new TokenQuantizer(prepared, range, granularity).quantize(source, 0, MemorySegment.ofArray(codes),
                2);
        assertThat(scale).isEqualTo(ProductForm.scale(reference, 0));
        assertThat(Arrays.copyOfRange(codes, 2, channels + 2)).isEqualTo(ProductForm.codes(reference));
        assertThat(codes[0] | codes[1] | codes[channels + 2]).isZero();
    }

    /** Values at the ties between codes and one float beside them, for steps from the smallest to the largest. */
    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void tiesAreThoseOfTheReference(long seed) {
        var random = Seeds.random(seed);
        var none = new Rotation.None().forColumns(25 * 31);
        for (int exponent = -149; exponent < 128; exponent++) {
            for (int bits : new int[]{4, 8}) {
                var range = new ActivationRange(bits);
                float[] values = new float[none.columns()];
                values[0] = Math.scalb(1 + random.nextFloat(), exponent);
                float step = range.scale(values[0]);
                for (int i = 1; i < values.length; i++) {
                    float tie = (random.nextInt(range.highest()) + 0.5f) * step * (i % 2 == 0 ? 1 : -1);
                    values[i] = Math.clamp(tie + (i % 3 - 1) * Math.ulp(tie), -values[0], values[0]);
                }
                var reference = ActivationQuantizer.quantize(values, 1, range, new ActivationScales.PerToken());
                byte[] codes = new byte[values.length];
                new TokenQuantizer(none, range, new ActivationScales.PerToken()).quantize(values,
                        MemorySegment.ofArray(codes), 0);
                assertThat(codes).as("2^%d", exponent).isEqualTo(ProductForm.codes(reference));
            }
        }
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void aScaleOfTheWholeTensorAndClipping(long seed) {
        HadamardRotation rotation = new Rotation.Blocks(128, seed).forColumns(256);
        for (ActivationScales scales : List.of(new ActivationScales.PerTensor(), new ActivationScales.PerToken(),
                new ActivationScales.PerTokenBlockInteger(128))) {
            var scheme = new ActivationScheme(new ActivationRange(4), scales, 0.9f);
            float[] values = Seeds.gaussian(seed, 3 * 256);
            float[] rotated = values.clone();
            float largest = 0;
            var quantizer = new TokenQuantizer(rotation, scheme);
            for (int token = 0; token < 3; token++) {
                rotation.rotateReference(rotated, token * 256);
                largest = Math.max(largest,
                        quantizer.rotated(Arrays.copyOfRange(values, token * 256, (token + 1) * 256)));
            }
            var reference = ActivationQuantizer.quantize(rotated, 3, scheme);
            byte[] codes = new byte[3 * 256];
            for (int token = 0; token < 3; token++) {
                float[] row = Arrays.copyOfRange(values, token * 256, (token + 1) * 256);
                float scale = scales instanceof ActivationScales.PerTensor
                        ? quantizer.quantize(row, largest, MemorySegment.ofArray(codes), token * 256L)
                        : quantizer.quantize(row, MemorySegment.ofArray(codes), token * 256L);
                assertThat(scale).isEqualTo(ProductForm.scale(reference, token));
            }
            assertThat(codes).isEqualTo(ProductForm.codes(reference));
        }
    }

    @Test
    void refusesWhatItCannotDo() {
        var rotation = new Rotation.Blocks(128, 0).forColumns(256);
        assertThatThrownBy(
                () -> new TokenQuantizer(rotation, new ActivationRange(4), new ActivationScales.PerChannel()))
                .hasMessageContaining("PerChannel");
        assertThatThrownBy(
                () -> new TokenQuantizer(rotation, new ActivationRange(4),
                        new ActivationScales.PerTokenBlockInteger(96)))
                .hasMessageContaining("96").hasMessageContaining("256");
        var quantizer = new TokenQuantizer(rotation, new ActivationRange(8), new ActivationScales.PerToken());
        float[] values = new float[256];
        values[200] = Float.NaN;
        assertThatThrownBy(
                () -> quantizer.quantize(MemorySegment.ofArray(values), 0, MemorySegment.ofArray(new byte[256]), 0))
                .hasMessageContaining("NaN");
    }
}
