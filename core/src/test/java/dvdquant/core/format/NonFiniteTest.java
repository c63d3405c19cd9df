package dvdquant.core.format;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class NonFiniteTest {
    private static final int[] SIZES = {0, 1, 4, 6, 13, 25, 207, 702, 2046};

    @ParameterizedTest
    @EnumSource(ElementType.class)
    void findsTheFirstAtEveryPlaceAndAlignment(ElementType type) {
        var random = Seeds.random(Seeds.of(1).findFirst().orElseThrow());
        for (int size : SIZES) {
            byte[] bytes = new byte[size * type.sizeBytes() + 3];
            random.nextBytes(bytes);
            for (int i = 0; i < bytes.length; i++) {
                bytes[i] &= (byte) 0xB3; // clears a bit of every exponent
            }
            for (int shift = 0; shift < 3; shift++) {
                MemorySegment data = MemorySegment.ofArray(bytes).asSlice(shift, (long) size * type.sizeBytes());
                assertThat(NonFinite.indexOf(data, type)).isEqualTo(-1);
            }
            if (size == 0 || !type.isFloatingPoint()) continue;
            for (int trial = 0; trial < 100; trial++) {
                byte[] copy = bytes.clone();
                MemorySegment data = MemorySegment.ofArray(copy).asSlice(trial % 3, (long) size * type.sizeBytes());
                int first = random.nextInt(size);
                plant(data, type, first, trial);
                plant(data, type, first + random.nextInt(size - first), trial / 2);
                assertThat(NonFinite.indexOf(data, type)).isEqualTo(first)
                        .isEqualTo(NonFinite.indexOfOneByOne(data, type));
            }
        }
    }

    private static void plant(MemorySegment data, ElementType type, long i, int kind) {
        boolean infinite = kind % 2 == 0;
        boolean negative = kind % 4 < 2;
        float value = infinite ? Float.POSITIVE_INFINITY : Float.NaN;
        switch (type) {
            case BF16 ->
                data.set(LittleEndian.SHORT, 2 * i, (short) (BFloat16.fromFloat(value) | (negative ? 0x8000 : 0)));
            case F16 ->
                data.set(LittleEndian.SHORT, 2 * i, (short) (Float16.fromFloat(value) | (negative ? 0x8000 : 0)));
            case F32 -> data.set(LittleEndian.INT, 4 * i, Float.floatToRawIntBits(negative ? -value : value));
            case F64 ->
                data.set(LittleEndian.LONG, 8 * i, Double.doubleToRawLongBits(negative ? -(double) value : value));
            case F8_E4M3 -> data.set(ValueLayout.JAVA_BYTE, i, (byte) (negative ? 0xFF : 0x7F));
            default -> throw new AssertionError(type);
        }
    }

    @Test
    void largestFiniteValuesAreFinite() {
        MemorySegment bf16 = MemorySegment.ofArray(new short[500]);
        for (long i = 0; i < 500; i++) {
            bf16.set(LittleEndian.SHORT, 2 * i, (short) (i % 2 == 0 ? 0x7F7F : 0xFF7F));
        }
        assertThat(NonFinite.indexOf(bf16, ElementType.BF16)).isEqualTo(-1);
        assertThat(NonFinite.indexOf(bf16, ElementType.F16)).isZero();
        MemorySegment f32 = MemorySegment.ofArray(new float[]{Float.MAX_VALUE, -Float.MAX_VALUE, Float.MIN_VALUE});
        assertThat(NonFinite.indexOf(f32, ElementType.F32)).isEqualTo(-1);
    }

    @Test
    void refusesHalfAnElement() {
        assertThatThrownBy(() -> NonFinite.indexOf(MemorySegment.ofArray(new byte[3]), ElementType.BF16))
                .isInstanceOf(IllegalArgumentException.class).hasMessageContaining("3 bytes");
    }
}
