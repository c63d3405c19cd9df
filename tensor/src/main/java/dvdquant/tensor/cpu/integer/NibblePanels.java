package dvdquant.tensor.cpu.integer;

import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.ShortTile;
import dvdquant.tensor.cpu.code.TileKernel;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * How {@link NibbleProducts} keep 4-bit weights: panels of 16 rows, each first with the zero points, −z · m of every {@link NibbleTile#STEP}
 * columns as {@link ShortTile} reads them, then with the multipliers and codes as {@link NibbleTile} does. 4.4 bits a weight.
 *
 * @param rows of a stretch, filled up to whole panels with zeros
 * @param in columns, filled up to whole steps with codes of 0
 */
public record NibblePanels(int rows, int in) {
    /** Whether weights of a scheme can be kept so: each step is of one group. */
    public static boolean canHold(WeightScheme scheme) {
        boolean steps = !(scheme.group() instanceof GroupSize.Multiples(int columns)) || columns % NibbleTile.STEP == 0;
        return PackedWeight.packsGroups(scheme) && steps;
    }

    int steps() {
        return Math.ceilDiv(in, NibbleTile.STEP);
    }

    /** Steps of the short product with the zero points, two columns each. */
    int zeroSteps() {
        return Math.ceilDiv(steps(), ShortTile.STEP);
    }

    long zeroBytes() {
        return (long) zeroSteps() * ShortTile.PANEL_BYTES;
    }

    /** Where the panel of a row begins. */
    long offset(int row) {
        return row / TileKernel.COLUMNS * (zeroBytes() + (long) steps() * NibbleTile.PANEL_BYTES);
    }

    public long bytes() {
        return offset(IntegerProducts.stride(rows));
    }

    /**
     * Lays out rows {@code first} … {@code first + rows} − 1 of a weight.
     *
     * @param packed takes {@link #bytes}
     */
    public void pack(PackedWeight weight, int first, MemorySegment packed) {
        packed.fill((byte) 0);
        var row = new QuantizedRow(in, weight.scheme());
        var codes = new byte[steps() * NibbleTile.STEP];
        for (int r = 0; r < rows; r++) {
            weight.load(first + r, row);
            System.arraycopy(row.codes(), 0, codes, 0, in);
            pack(row, codes, r, packed);
        }
    }

    private void pack(QuantizedRow row, byte[] codes, int r, MemorySegment packed) {
        int column = r % TileKernel.COLUMNS;
        long zeros = offset(r);
        long panel = zeros + zeroBytes();
        for (int step = 0; step < steps(); step++) {
            int group = step * NibbleTile.STEP / row.groupColumns();
            byte multiplier = row.multipliers()[group];
            set(packed, zeros + (long) step / 2 * ShortTile.PANEL_BYTES + 2L * column + step % 2,
                    -multiplier * row.zeroPoints()[group]);
            set(packed, panel + 2L * column, multiplier);
            set(packed, panel + 2L * column + 1, multiplier);
            codes(codes, step * NibbleTile.STEP, packed, panel + NibbleTile.MULTIPLIER_BYTES + 4L * column);
            panel += NibbleTile.PANEL_BYTES;
        }
    }

    /** Codes k … k + 3 in low nibbles, k + 4 … k + 7 in high ones. */
    private static void codes(byte[] codes, int first, MemorySegment packed, long to) {
        for (int k = 0; k < NibbleTile.STEP; k += 8) {
            int pairs = 0;
            for (int i = 0; i < 4; i++) {
                pairs |= (codes[first + k + i] | codes[first + k + 4 + i] << 4) << 8 * i;
            }
            packed.set(ValueLayout.JAVA_INT_UNALIGNED, to + k / 8 * 4L * TileKernel.COLUMNS, pairs);
        }
    }

    private static void set(MemorySegment packed, long at, int value) {
        packed.set(ValueLayout.JAVA_BYTE, at, (byte) value);
    }
}
