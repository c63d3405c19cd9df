package dvdquant.tensor.cpu.rows;

/** Where the rows of a pass come from, each in f32: read from memory, and what is done to them while they are in the cache. */
public interface RowSource {
    /** Replaces {@code row} by the row of that index. */
    void read(float[] row, long index);
}
