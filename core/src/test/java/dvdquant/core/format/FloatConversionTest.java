package dvdquant.core.format;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class FloatConversionTest {
    private static final long SEED = Seeds.of(1).findFirst().orElseThrow();

    /** The reference of the reference: the nearest of the two neighbours, found by comparing distances in double. */
    private static short nearestBFloat16(float value) {
        int low = Float.floatToRawIntBits(value) >>> 16;
        double below = Float.intBitsToFloat(low << 16);
        double above = Float.isInfinite(Float.intBitsToFloat(low + 1 << 16))
                ? Math.copySign(0x1p128, value)
                : Float.intBitsToFloat(low + 1 << 16);
        double down = Math.abs(value - below);
        double up = Math.abs(above - value);
        boolean takeAbove = up < down || up == down && (low & 1) == 1;
        return (short) (takeAbove ? low + 1 : low);
    }

    @Test
    void roundsBFloat16ToNearestEven() {
        var random = Seeds.random(SEED);
        for (int i = 0; i < 200_000; i++) {
            float value = Float.intBitsToFloat(random.nextInt() & (random.nextInt(4) == 0 ? 0xFFFF_8000 : -1));
            if (!Float.isFinite(value)) continue;
            assertThat(BFloat16.fromFloat(value)).as("%a, seed %d", value, SEED).isEqualTo(nearestBFloat16(value));
        }
        assertThat(BFloat16.fromFloat(1 + 0x1p-8f)).isEqualTo((short) 0x3F80);
        assertThat(BFloat16.fromFloat(1 + 0x3p-8f)).isEqualTo((short) 0x3F82);
        assertThat(BFloat16.fromFloat(Float.MAX_VALUE)).isEqualTo((short) 0x7F80);
        assertThat(BFloat16.fromFloat(-0f)).isEqualTo((short) 0x8000);
    }

    @Test
    void keepsEveryBFloat16AndFloat16() {
        for (int bits = 0; bits < 1 << 16; bits++) {
            assertThat(BFloat16.fromFloat(BFloat16.toFloat((short) bits)))
                    .isEqualTo((short) (isNaN(bits, 0x7F80) ? bits | 0x40 : bits));
            float half = Float16.toFloat((short) bits);
            if (!Float.isNaN(half)) assertThat(Float16.fromFloat(half)).isEqualTo((short) bits);
        }
    }

    private static boolean isNaN(int bits, int exponent) {
        return (bits & 0x7FFF) > exponent;
    }

    @Test
    void nanStaysNanWhateverItsPayload() {
        for (int bits : new int[]{0x7F80_0001, 0x7FFF_FFFF, 0xFF80_0001, 0xFFFF_FFFF, 0x7FC0_0000}) {
            float nan = Float.intBitsToFloat(bits);
            assertThat(BFloat16.toFloat(BFloat16.fromFloat(nan))).isNaN();
            assertThat(BFloat16.fromFloat(nan) < 0).isEqualTo(bits < 0);
            assertThat(Float16.toFloat(Float16.fromFloat(nan))).isNaN();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 6, 13, 25, 207, 702, 2046, 4098})
    void segmentsGiveTheBitsOfSingleValues(int size) {
        try (Arena arena = Arena.ofConfined()) {
            for (int shift = 0; shift < 4; shift++) {
                MemorySegment halves = arena.allocate(2L * size + shift).asSlice(shift);
                fill(halves);
                float[] floats = new float[size + 2];
                BFloat16.toFloats(halves, floats, 1);
                for (int i = 0; i < size; i++) {
                    assertThat(Float.floatToRawIntBits(floats[1 + i])).isEqualTo(bits(halves, i) << 16);
                }
                assertThat(floats[0] + floats[size + 1]).isZero();
                Float16.toFloats(halves, floats, 1);
                for (int i = 0; i < size; i++) {
                    assertSame(floats[1 + i], Float16.toFloat(bits(halves, i)));
                }
                assertThat(floats[0] + floats[size + 1]).isZero();
            }
        }
    }

    @Test
    void refusesArraysThatAreShorter() {
        var halves = MemorySegment.ofArray(new short[4]);
        assertThatThrownBy(() -> BFloat16.toFloats(halves, new float[4], 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
        assertThatThrownBy(() -> Float16.toFloats(halves, new float[4], 1))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }

    /** Any bits, with many infinities, NaNs and zeros among them. */
    private static void fill(MemorySegment segment) {
        SplittableRandom random = Seeds.random(SEED);
        long i = 0;
        for (; i + 4 <= segment.byteSize(); i += 4) {
            int bits = switch (random.nextInt(8)) {
                case 0 -> 0x7F80_0000;
                case 1 -> 0x7F80_0001 | random.nextInt();
                case 2 -> 0;
                case 3 -> random.nextInt() & 0xFFFF_8000;
                default -> random.nextInt();
            };
            segment.set(LittleEndian.INT, i, bits);
        }
        for (; i < segment.byteSize(); i++) {
            segment.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt());
        }
    }

    private static short bits(MemorySegment halves, long i) {
        return halves.get(LittleEndian.SHORT, 2 * i);
    }

    private static void assertSame(float actual, float expected) {
        assertThat(Float.floatToIntBits(actual)).isEqualTo(Float.floatToIntBits(expected));
    }
}
