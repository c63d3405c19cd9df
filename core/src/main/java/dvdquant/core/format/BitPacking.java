package dvdquant.core.format;

import jdk.incubator.vector.ByteVector;
import jdk.incubator.vector.ShortVector;
import jdk.incubator.vector.VectorOperators;
import jdk.incubator.vector.VectorShape;
import jdk.incubator.vector.VectorSpecies;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Codes of 1 to 8 bits as one little-endian bit stream a row: code i takes bits i·b to i·b + b − 1, bit 0 is the lowest of byte 0,
 * and a row ends with zeros up to a whole byte.
 *
 * <pre>
 * 4 bits  byte 0 = code 1 · 16 + code 0        (the low nibble first)
 * 3 bits  byte 0 = bits 7…0 = c₂ c₂ c₁ c₁ c₁ c₀ c₀ c₀, byte 1 = c₅ c₄ c₄ c₄ c₃ c₃ c₃ c₂
 * </pre>
 */
public final class BitPacking {
    private static final VectorSpecies<Byte> BYTES = ByteVector.SPECIES_PREFERRED;
    private static final VectorSpecies<Byte> HALF = VectorSpecies.of(byte.class,
            VectorShape.forBitSize(BYTES.vectorBitSize() / 2));
    private static final VectorSpecies<Short> SHORTS = ShortVector.SPECIES_PREFERRED;

    private BitPacking() {}

    /**
     * Bytes of a row: ⌈count · bits / 8⌉.
     *
     * @param count of the codes
     * @param bits of a code, 1 to 8
     * @return bytes
     * @throws IllegalArgumentException if codes have other bits
     */
    public static long rowBytes(long count, int bits) {
        requireBits(bits);
        return Math.ceilDiv(Math.multiplyExact(count, bits), 8);
    }

    private static void requireBits(int bits) {
        if (bits < 1 || bits > 8) throw new IllegalArgumentException("codes have 1 to 8 bits, not " + bits);
    }

    /**
     * Packs {@code codes[from … from + count)}, unsigned, of which the low {@code bits} count, into {@code target} from byte
     * {@code offset}.
     *
     * @param codes one a byte
     * @param from the first of them
     * @param count of the codes
     * @param bits of a code, 1 to 8
     * @param target takes {@link #rowBytes} bytes
     * @param offset of the first byte in {@code target}
     * @throws IndexOutOfBoundsException if one of them is too short
     */
    public static void pack(byte[] codes, int from, int count, int bits, MemorySegment target, long offset) {
        MemorySegment row = target.asSlice(offset, rowBytes(count, bits));
        switch (bits) {
            case 8 -> MemorySegment.copy(codes, from, row, ValueLayout.JAVA_BYTE, 0, count);
            case 4 -> packBits(codes, from, packNibbles(codes, from, count, row), count, 4, row);
            default -> packBits(codes, from, 0, count, bits, row);
        }
    }

    /** Whole vectors of pairs; returns how many codes that was. */
    private static int packNibbles(byte[] codes, int from, int count, MemorySegment row) {
        int bound = BYTES.loopBound(count);
        for (int i = 0; i < bound; i += BYTES.length()) {
            // As shorts a pair is low | high << 8.
            ShortVector pairs = ByteVector.fromArray(BYTES, codes, from + i).and((byte) 0x0F).reinterpretAsShorts();
            pairs.or(pairs.lanewise(VectorOperators.LSHR, 4)).convertShape(VectorOperators.S2B, HALF, 0)
                    .reinterpretAsBytes().intoMemorySegment(row, i / 2, LittleEndian.ORDER);
        }
        return bound;
    }

    /** The definition; {@code start · bits} is a whole number of bytes. */
    static void packBits(byte[] codes, int from, int start, int count, int bits, MemorySegment row) {
        long next = (long) start * bits / 8;
        int buffer = 0;
        int held = 0;
        for (int i = start; i < count; i++) {
            buffer |= (codes[from + i] & (1 << bits) - 1) << held;
            held += bits;
            if (held >= 8) {
                row.set(ValueLayout.JAVA_BYTE, next++, (byte) buffer);
                buffer >>>= 8;
                held -= 8;
            }
        }
        if (held > 0) row.set(ValueLayout.JAVA_BYTE, next, (byte) buffer);
    }

    /**
     * Undoes {@link #pack}: writes {@code count} codes to {@code codes} from index {@code to}.
     *
     * @param source of packed codes
     * @param offset of the first byte in {@code source}
     * @param count of the codes
     * @param bits of a code, 1 to 8
     * @param codes takes one a byte
     * @param to the first of them
     * @throws IndexOutOfBoundsException if one of them is too short
     */
    public static void unpack(MemorySegment source, long offset, int count, int bits, byte[] codes, int to) {
        MemorySegment row = source.asSlice(offset, rowBytes(count, bits));
        switch (bits) {
            case 8 -> MemorySegment.copy(row, ValueLayout.JAVA_BYTE, 0, codes, to, count);
            case 4 -> unpackBits(row, unpackNibbles(row, count, codes, to), count, 4, codes, to);
            default -> unpackBits(row, 0, count, bits, codes, to);
        }
    }

    private static int unpackNibbles(MemorySegment row, int count, byte[] codes, int to) {
        int bound = BYTES.loopBound(count);
        for (int i = 0; i < bound; i += BYTES.length()) {
            ShortVector bytes = ByteVector.fromMemorySegment(HALF, row, i / 2, LittleEndian.ORDER)
                    .convertShape(VectorOperators.ZERO_EXTEND_B2S, SHORTS, 0).reinterpretAsShorts();
            bytes.or(bytes.lanewise(VectorOperators.LSHL, 4)).and((short) 0x0F0F).reinterpretAsBytes()
                    .intoArray(codes, to + i);
        }
        return bound;
    }

    static void unpackBits(MemorySegment row, int start, int count, int bits, byte[] codes, int to) {
        long next = (long) start * bits / 8;
        int buffer = 0;
        int held = 0;
        for (int i = start; i < count; i++) {
            if (held < bits) {
                buffer |= Byte.toUnsignedInt(row.get(ValueLayout.JAVA_BYTE, next++)) << held;
                held += 8;
            }
            codes[to + i] = (byte) (buffer & (1 << bits) - 1);
            buffer >>>= bits;
            held -= bits;
        }
    }
}
