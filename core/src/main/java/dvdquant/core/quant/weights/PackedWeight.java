package dvdquant.core.quant.weights;

import dvdquant.core.format.BitPacking;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * A quantized weight [rows, columns] as a checkpoint holds it. Rows can be stored by several threads, each its own.
 *
 * @param rows outputs
 * @param columns inputs
 * @param scheme how it was quantized
 * @param codes U8 [rows, ⌈columns · bits / 8⌉]
 * @param scales F32 [rows]; F16 [rows, groups] if groups have steps of their own
 * @param zeroPoints U8 [rows, groups]; at 4 bits and less, without steps of their own, the zero point is in the low four bits and the
 *        multiplier − 1 in the high four; empty for symmetric groups with steps of their own
 * @param multipliers U8 [rows, groups] above 4 bits, without steps of their own; else empty
 */
public record PackedWeight(int rows, int columns, WeightScheme scheme, MemorySegment codes, MemorySegment scales,
        MemorySegment zeroPoints, MemorySegment multipliers) {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort HALF = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /**
     * {@return memory for a weight, all zero}
     *
     * @param arena that it belongs to
     * @param rows outputs
     * @param columns inputs
     * @param scheme that the weight will be quantized by
     * @throws IllegalArgumentException if the scheme's groups do not divide the columns
     */
    public static PackedWeight allocate(Arena arena, int rows, int columns, WeightScheme scheme) {
        long groups = scheme.group().groupsOf(columns);
        boolean free = scheme.group() instanceof GroupSize.Free;
        return new PackedWeight(rows, columns, scheme,
                arena.allocate(rows * BitPacking.rowBytes(columns, scheme.range().bits())),
                arena.allocate(free ? rows * groups * Short.BYTES : (long) rows * Float.BYTES),
                arena.allocate(storesZeroPoints(scheme) ? rows * groups : 0),
                arena.allocate(free || packsGroups(scheme) ? 0 : rows * groups));
    }

    /**
     * {@return whether zero point and multiplier share a byte}
     *
     * @param scheme of the weight
     */
    public static boolean packsGroups(WeightScheme scheme) {
        return scheme.packing() == ScalePacking.GROUP_BYTES;
    }

    /**
     * {@return whether there are zero points to store: symmetric groups with steps of their own have none}
     *
     * @param scheme of the weight
     */
    public static boolean storesZeroPoints(WeightScheme scheme) {
        return scheme.packing() != ScalePacking.GROUP_STEPS;
    }

    /** {@return how many groups a row has} */
    public int groups() {
        return scheme.group().groupsOf(columns);
    }

    private long rowBytes() {
        return BitPacking.rowBytes(columns, scheme.range().bits());
    }

    /**
     * Stores one row.
     *
     * @param row from 0
     * @param quantized of this weight's scheme
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public void store(int row, QuantizedRow quantized) {
        BitPacking.pack(quantized.codes(), 0, columns, scheme.range().bits(), codes, row * rowBytes());
        float[] steps = quantized.scales();
        boolean free = scheme.group() instanceof GroupSize.Free;
        for (int i = 0; i < steps.length; i++) {
            long at = (long) row * steps.length + i;
            if (free) scales.set(HALF, at * Short.BYTES, Float.floatToFloat16(steps[i]));
            else
                scales.set(FLOAT, at * Float.BYTES, steps[i]);
        }
        for (int group = 0; group < groups(); group++) {
            long at = (long) row * groups() + group;
            int multiplier = quantized.multipliers()[group];
            int packed = packsGroups(scheme) ? multiplier - 1 << 4 : 0;
            if (storesZeroPoints(scheme)) {
                zeroPoints.set(ValueLayout.JAVA_BYTE, at, (byte) (quantized.zeroPoints()[group] | packed));
            }
            if (multipliers.byteSize() > 0) multipliers.set(ValueLayout.JAVA_BYTE, at, (byte) multiplier);
        }
    }

    /**
     * Reads one row into a row of the same scheme: undoes {@link #store}.
     *
     * @param row from 0
     * @param quantized of this weight's scheme, overwritten
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public void load(int row, QuantizedRow quantized) {
        BitPacking.unpack(codes, row * rowBytes(), columns, scheme.range().bits(), quantized.codes(), 0);
        loadGrids(row, quantized);
    }

    /**
     * Reads the scales, zero points and multipliers of one row, as {@link WeightExpansion} needs them.
     *
     * @param row from 0
     * @param quantized of this weight's scheme; its codes are left as they are
     * @throws IndexOutOfBoundsException if there is no such row
     */
    public void loadGrids(int row, QuantizedRow quantized) {
        float[] steps = quantized.scales();
        boolean free = scheme.group() instanceof GroupSize.Free;
        for (int i = 0; i < steps.length; i++) {
            long at = (long) row * steps.length + i;
            steps[i] = free
                    ? Float.float16ToFloat(scales.get(HALF, at * Short.BYTES))
                    : scales.get(FLOAT, at * Float.BYTES);
        }
        for (int group = 0; group < groups(); group++) {
            long at = (long) row * groups() + group;
            int zero = storesZeroPoints(scheme)
                    ? Byte.toUnsignedInt(zeroPoints.get(ValueLayout.JAVA_BYTE, at))
                    : scheme.range().maximumZeroPoint();
            int multiplier = multipliers.byteSize() > 0 ? multipliers.get(ValueLayout.JAVA_BYTE, at) : 1;
            quantized.zeroPoints()[group] = (byte) (packsGroups(scheme) ? zero & 0x0F : zero);
            quantized.multipliers()[group] = (byte) (packsGroups(scheme) ? (zero >> 4) + 1 : multiplier);
        }
    }

    /** {@return the bytes of codes, scales, zero points and multipliers together} */
    public long sizeBytes() {
        return codes.byteSize() + scales.byteSize() + zeroPoints.byteSize() + multipliers.byteSize();
    }
}
