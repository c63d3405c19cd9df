package dvdquant.core.format;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.MemorySegment;
import java.math.BigInteger;
import java.util.Arrays;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BitPackingTest {
    private static final int[] SIZES = {0, 1, 4, 6, 13, 25, 64, 128, 207, 702, 1536, 2046, 5120, 8960, 13824};

    @ParameterizedTest
    @ValueSource(ints = {1, 2, 3, 4, 5, 6, 7, 8})
    void unpackUndoesPack(int bits) {
        var random = Seeds.random(bits);
        for (int size : SIZES) {
            byte[] codes = new byte[size + 5];
            random.nextBytes(codes);
            for (int i = 0; i < codes.length; i++) {
                codes[i] &= (byte) ((1 << bits) - 1);
            }
            int bytes = (int) BitPacking.rowBytes(size, bits);
            byte[] packed = new byte[bytes + 4];
            BitPacking.pack(codes, 3, size, bits, MemorySegment.ofArray(packed), 2);
            assertThat(packed[0] | packed[1] | packed[bytes + 2] | packed[bytes + 3]).isZero();
            assertBitStream(codes, size, bits, packed, bytes);
            byte[] plain = new byte[bytes];
            BitPacking.packBits(codes, 3, 0, size, bits, MemorySegment.ofArray(plain));
            assertThat(Arrays.copyOfRange(packed, 2, 2 + bytes)).isEqualTo(plain);
            byte[] unpacked = new byte[size + 5];
            BitPacking.unpack(MemorySegment.ofArray(packed), 2, size, bits, unpacked, 3);
            for (int i = 0; i < size; i++) {
                assertThat(unpacked[3 + i]).isEqualTo(codes[3 + i]);
            }
            assertThat(unpacked[2]).isZero();
            assertThat(unpacked[size + 3]).isZero();
        }
    }

    /** The row as one large number. */
    private static void assertBitStream(byte[] codes, int size, int bits, byte[] packed, int bytes) {
        if (size == 0 || size > 702) return;
        BigInteger expected = BigInteger.ZERO;
        for (int i = 0; i < size; i++) {
            expected = expected.or(BigInteger.valueOf(Byte.toUnsignedInt(codes[3 + i])).shiftLeft(i * bits));
        }
        BigInteger actual = BigInteger.ZERO;
        for (int i = 0; i < bytes; i++) {
            actual = actual.or(BigInteger.valueOf(Byte.toUnsignedInt(packed[2 + i])).shiftLeft(8 * i));
        }
        assertThat(actual).isEqualTo(expected);
    }

    @Test
    void putsTheLowNibbleFirst() {
        byte[] packed = new byte[2];
        BitPacking.pack(new byte[]{1, 2, 15}, 0, 3, 4, MemorySegment.ofArray(packed), 0);
        assertThat(packed).containsExactly(0x21, 0x0F);
    }

    @Test
    void refusesWrongBitsAndShortTargets() {
        var target = MemorySegment.ofArray(new byte[3]);
        assertThatThrownBy(() -> BitPacking.rowBytes(4, 9)).hasMessageContaining("not 9");
        assertThatThrownBy(() -> BitPacking.pack(new byte[8], 0, 8, 4, target, 0))
                .isInstanceOf(IndexOutOfBoundsException.class);
    }
}
