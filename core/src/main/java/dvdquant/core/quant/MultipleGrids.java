package dvdquant.core.quant;

import jdk.incubator.vector.FloatVector;
import jdk.incubator.vector.VectorMask;
import jdk.incubator.vector.VectorOperators;

/** The grids of all groups of a row, in tiles of 16 groups, with steps that are multiples of one. */
final class MultipleGrids {
    final Grids[] tiles;
    /** m of each group, an integer. */
    final float[][] multiplier;
    float step = 1;

    MultipleGrids(int tiles) {
        this.tiles = new Grids[tiles];
        this.multiplier = new float[tiles][Tile.LANES];
        for (int t = 0; t < tiles; t++) {
            this.tiles[t] = new Grids();
        }
    }

    /** Of the whole row. */
    double error() {
        double total = 0;
        for (Grids grids : tiles) {
            for (float error : grids.error) {
                total += error;
            }
        }
        return total;
    }

    void copy(MultipleGrids from) {
        step = from.step;
        for (int t = 0; t < tiles.length; t++) {
            tiles[t].copy(from.tiles[t]);
            System.arraycopy(from.multiplier[t], 0, multiplier[t], 0, Tile.LANES);
        }
    }

    /** Takes the groups of a tile that have less error there. */
    void takeBetter(int t, Grids trial, float[] multipliers) {
        for (int part = 0; part < Tile.LANES; part += Lanes.COUNT) {
            FloatVector error = Lanes.load(tiles[t].error, part);
            VectorMask<Float> better = Lanes.load(trial.error, part).compare(VectorOperators.LT, error);
            tiles[t].take(trial, better, part);
            Lanes.load(multipliers, part).intoArray(multiplier[t], part, better);
        }
    }
}
