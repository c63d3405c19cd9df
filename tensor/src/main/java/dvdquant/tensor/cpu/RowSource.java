package dvdquant.tensor.cpu;

/** Where the rows of a pass come from, each in f32: read from memory, and what is done to them while they are in the cache. */
interface RowSource {
    /** Replaces {@code row} by the row of that index. */
    void read(float[] row, long index);
}
