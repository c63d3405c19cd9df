package dvdquant.tensor.cpu.product;

import jdk.incubator.vector.IntVector;
import jdk.incubator.vector.VectorOperators;
import org.bytedeco.dnnl.memory;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.Optional;

import static dvdquant.tensor.cpu.machine.FloatMemory.INTS;

/**
 * oneDNN's layout of the 8-bit weights of a product: panels of some rows, in which four columns of a row lie side by side, then those of the next row
 * (its {@code BA16a64b4a}, where {@code a} are columns and {@code b} rows). Behind them, where the instructions take unsigned by signed integers and
 * oneDNN adds 128 to the activations, lies for each row what that has to be corrected by. Packed by us in an eighth of the time of oneDNN's reorder.
 *
 * @param count rows of the weights
 * @param in their columns
 * @param rows of a panel
 * @param columns filled up with zeros
 * @param panels of all rows
 * @param corrected whether the corrections follow
 */
record VnniPanels(int count, int in, int rows, int columns, int panels, boolean corrected) {
    /** Columns that lie side by side. */
    private static final int STEP = 4;
    /** Columns of the panels are filled up to a multiple of so many. */
    private static final int BLOCK = 16 * STEP;
    /** Rows that are read at once: their lines stay in the first cache, and a line of the result is written whole. */
    private static final int AT_ONCE = 16;
    /** What oneDNN adds to signed activations. */
    private static final int SHIFT = 128;

    /** What a layout of oneDNN's for weights [in, rows] is; empty if it is another. */
    static Optional<VnniPanels> of(memory.desc layout) {
        if (layout.get_inner_nblks() != 3) return Optional.empty();
        var blocks = layout.get_inner_blks();
        var dimensions = layout.get_inner_idxs();
        int rows = Math.toIntExact(blocks.get(1));
        int columns = Math.toIntExact(layout.get_padded_dims().get(0));
        int panels = Math.toIntExact(layout.get_padded_dims().get(1) / rows);
        long bytes = (long) rows * columns * panels;
        long behind = layout.get_size() - bytes;
        boolean same = blocks.get(0) * STEP == BLOCK && blocks.get(2) == STEP && rows % AT_ONCE == 0
                && dimensions.get(0) == 0 && dimensions.get(1) == 1 && dimensions.get(2) == 0
                && layout.get_strides().get(0) == (long) rows * BLOCK
                && layout.get_strides().get(1) == (long) rows * columns
                && (behind == 0 || behind == 4L * rows * panels);
        return same
                ? Optional.of(new VnniPanels(Math.toIntExact(layout.get_dims().get(1)),
                        Math.toIntExact(layout.get_dims().get(0)), rows, columns, panels, behind > 0))
                : Optional.empty();
    }

    /**
     * Lays out weights.
     *
     * @param values [count, in] bytes
     */
    void pack(MemorySegment values, MemorySegment packed) {
        if (count % rows != 0 || in % BLOCK != 0) packed.fill((byte) 0);
        for (int first = 0; first < count; first += AT_ONCE) {
            int some = Math.min(AT_ONCE, count - first);
            long to = (long) (first / rows) * rows * columns + STEP * (first % rows);
            MemorySegment from = values.asSlice((long) first * in, (long) some * in);
            int steps = in / STEP;
            turn(from, some, steps, packed, to);
            for (int k = steps * STEP; k < in; k++) { // what is left of a row lies where its last step would
                for (int r = 0; r < some; r++) {
                    packed.set(ValueLayout.JAVA_BYTE, to + (long) steps * STEP * rows + STEP * r + k % STEP,
                            from.get(ValueLayout.JAVA_BYTE, (long) r * in + k));
                }
            }
        }
        if (corrected) correct(values, packed);
    }

    private void turn(MemorySegment from, int some, int steps, MemorySegment packed, long to) {
        int stride = STEP * rows;
        for (int k = 0; k < steps; k++) {
            for (int r = 0; r < some; r++) {
                packed.set(ValueLayout.JAVA_INT_UNALIGNED, to + (long) k * stride + STEP * r,
                        from.get(ValueLayout.JAVA_INT_UNALIGNED, (long) r * in + (long) k * STEP));
            }
        }
    }

    private void correct(MemorySegment values, MemorySegment packed) {
        long to = (long) rows * columns * panels;
        for (int r = 0; r < count; r++) {
            packed.set(ValueLayout.JAVA_INT_UNALIGNED, to + 4L * r, -SHIFT * sum(values, (long) r * in, in));
        }
    }

    /** Of signed bytes. */
    private static int sum(MemorySegment bytes, long from, int count) {
        IntVector sums = IntVector.zero(INTS);
        int lanes = INTS.vectorByteSize();
        int i = 0;
        for (; i <= count - lanes; i += lanes) {
            IntVector four = IntVector.fromMemorySegment(INTS, bytes, from + i, ByteOrder.LITTLE_ENDIAN);
            sums = sums.add(four.lanewise(VectorOperators.ASHR, 24))
                    .add(four.lanewise(VectorOperators.LSHL, 8).lanewise(VectorOperators.ASHR, 24))
                    .add(four.lanewise(VectorOperators.LSHL, 16).lanewise(VectorOperators.ASHR, 24))
                    .add(four.lanewise(VectorOperators.LSHL, 24).lanewise(VectorOperators.ASHR, 24));
        }
        int sum = sums.reduceLanes(VectorOperators.ADD);
        for (; i < count; i++) {
            sum += bytes.get(ValueLayout.JAVA_BYTE, from + i);
        }
        return sum;
    }
}
