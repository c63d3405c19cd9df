package dvdquant.tensor.cpu.code;

import dvdquant.tensor.cpu.code.Assembler.Load;
import dvdquant.tensor.cpu.code.Assembler.Operation;

/** Floats. A step is a column of {@code a}, and 16 floats of the panel. */
public final class FloatTile extends TileKernel {
    private static final int PANEL_BYTES = COLUMNS * Float.BYTES;

    public FloatTile() {
        super(Float.BYTES);
    }

    @Override
    void steps(Assembler to, int rows, boolean add) {
        clear(to, 2 * rows);
        loop(to, 4, count -> {
            for (int step = 0; step < count; step++) {
                step(to, rows, step);
            }
            advance(to, count * Float.BYTES, count * PANEL_BYTES);
        });
        store(to, rows, add, Operation.ADD_FLOATS);
    }

    private static void step(Assembler to, int rows, int step) {
        to.load(Load.VECTOR, PANEL, PANELS.at(PANEL_BYTES * step));
        to.load(Load.VECTOR, PANEL + 1, PANELS.at(PANEL_BYTES * step + 32));
        for (int row = 0; row < rows; row++) {
            to.load(Load.BROADCAST_4_BYTES, BROADCAST, a(row, Float.BYTES * step));
            to.operate(Operation.FMA_FLOATS, 2 * row, BROADCAST, PANEL);
            to.operate(Operation.FMA_FLOATS, 2 * row + 1, BROADCAST, PANEL + 1);
        }
    }
}
