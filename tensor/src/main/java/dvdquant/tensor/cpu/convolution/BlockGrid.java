package dvdquant.tensor.cpu.convolution;

/**
 * The cells of a frame in blocks of as many rows and columns each; those at the lower and the right edge may have fewer.
 *
 * @param height of the frame in cells
 * @param width of the frame in cells
 */
record BlockGrid(int height, int width, int rows, int columns) {
    /** @param top in cells of the frame, as the others */
    record Block(int top, int left, int rows, int columns) {}

    /** Blocks of at most so many cells: as few as there can be, then those that share the fewest pixels with others. */
    static BlockGrid of(int height, int width, int most) {
        BlockGrid best = null;
        for (int rows = 1; rows <= Math.min(most, height); rows++) {
            int columns = Math.ceilDiv(width, Math.ceilDiv(width, Math.min(width, most / rows)));
            var grid = new BlockGrid(height, width, rows, columns);
            if (best == null || grid.cost() < best.cost()) best = grid;
        }
        return best;
    }

    /** In some unit of time: a block's products take as long however many of its rows are used, and so do its pixels, with a margin. */
    private double cost() {
        return blocks() * (1 + 0.001 * (rows + 1) * (columns + 1));
    }

    int blocks() {
        return Math.ceilDiv(height, rows) * Math.ceilDiv(width, columns);
    }

    Block block(int index) {
        int across = Math.ceilDiv(width, columns);
        int top = index / across * rows;
        int left = index % across * columns;
        return new Block(top, left, Math.min(rows, height - top), Math.min(columns, width - left));
    }
}
