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

    /** Memory for a weight. */
    public static PackedWeight allocate(Arena arena, int rows, int columns, WeightScheme scheme) {
        long groups = scheme.group().groupsOf(columns);
        boolean free = scheme.group() instanceof GroupSize.Free;
        return new PackedWeight(rows, columns, scheme,
                arena.allocate(rows * BitPacking.rowBytes(columns, scheme.range().bits())),
                arena.allocate(free ? rows * groups * Short.BYTES : (long) rows * Float.BYTES),
                arena.allocate(storesZeroPoints(scheme) ? rows * groups : 0),
                arena.allocate(free || packsGroups(scheme) ? 0 : rows * groups));
    }

    /** Whether zero point and multiplier share a byte. */
    public static boolean packsGroups(WeightScheme scheme) {
        return scheme.packing() == ScalePacking.GROUP_BYTES;
    }

    /** Whether there are zero points to store: symmetric groups with steps of their own have none. */
    public static boolean storesZeroPoints(WeightScheme scheme) {
        return scheme.packing() != ScalePacking.GROUP_STEPS;
    }

    /** Groups of a row. */
    public int groups() {
        return scheme.group().groupsOf(columns);
    }

    private long rowBytes() {
        return BitPacking.rowBytes(columns, scheme.range().bits());
    }

    /**
     * Stores one row.
     *
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

    /** Reads one row into a row of the same scheme: undoes {@link #store}. */
    public void load(int row, QuantizedRow quantized) {
        BitPacking.unpack(codes, row * rowBytes(), columns, scheme.range().bits(), quantized.codes(), 0);
        loadGrids(row, quantized);
    }

    /** Reads the scales, zero points and multipliers of one row, as {@link WeightExpansion} needs them. */
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

    /** All bytes together. */
    public long sizeBytes() {
        return codes.byteSize() + scales.byteSize() + zeroPoints.byteSize() + multipliers.byteSize();
    }
}
