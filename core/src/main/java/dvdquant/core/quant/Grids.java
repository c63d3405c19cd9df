package dvdquant.core.quant;

import jdk.incubator.vector.VectorMask;

import java.util.Arrays;

/** A grid for each lane of a {@link Tile}, and the squared error of its weights on it. */
final class Grids {
    final float[] step = new float[Tile.LANES];
    /** −z, an integer: the smallest q − z. */
    final float[] low = new float[Tile.LANES];
    final float[] error = new float[Tile.LANES];

    Grids() {
        Arrays.fill(step, 1);
    }

    void copy(Grids from) {
        System.arraycopy(from.step, 0, step, 0, Tile.LANES);
        System.arraycopy(from.low, 0, low, 0, Tile.LANES);
        System.arraycopy(from.error, 0, error, 0, Tile.LANES);
    }

    /** Takes the grids of some lanes. */
    void take(Grids from, VectorMask<Float> lanes, int part) {
        Lanes.load(from.step, part).intoArray(step, part, lanes);
        Lanes.load(from.low, part).intoArray(low, part, lanes);
        Lanes.load(from.error, part).intoArray(error, part, lanes);
    }
}
