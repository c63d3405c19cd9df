package dvdquant.core.quant;

/** The grids of all groups of a row, in tiles of 16 groups, with steps that are multiples of one. */
final class MultipleGrids {
    final Grids[] tiles;
    float step = 1;

    MultipleGrids(int tiles) {
        this.tiles = new Grids[tiles];
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
        }
    }
}
