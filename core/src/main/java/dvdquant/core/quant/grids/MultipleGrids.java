package dvdquant.core.quant.grids;

import java.util.Arrays;

/** The grids of all groups of a row, in tiles of 16 groups, with steps that are multiples of one. */
final class MultipleGrids {
    final Grids[] grids;
    float step = 1;
    /** Of the whole row. */
    double error;
    private final Tile[] tiles;

    MultipleGrids(Tile[] tiles) {
        this.tiles = tiles;
        this.grids = new Grids[tiles.length];
        Arrays.setAll(grids, _ -> new Grids());
    }

    /** Sums up the errors of the groups. */
    void sumErrors() {
        error = 0;
        for (int t = 0; t < tiles.length; t++) {
            for (int lane = 0; lane < tiles[t].filled; lane++) {
                error += grids[t].error[lane];
            }
        }
    }

    /** Forgets the errors, so that any grid is better. */
    void forget() {
        for (int t = 0; t < tiles.length; t++) {
            Arrays.fill(grids[t].error, 0, tiles[t].filled, Float.POSITIVE_INFINITY);
        }
    }

    void copy(MultipleGrids from) {
        step = from.step;
        error = from.error;
        for (int t = 0; t < grids.length; t++) {
            grids[t].copy(from.grids[t]);
        }
    }
}
