package dvdquant.tensor;

/** A weight [out, in] that is not kept: its rows are made when a product needs them. */
public interface WeightRows {
    int out();

    int in();

    /** With scratch memory of its own: one a thread. */
    Reader reader();

    /** Makes rows. */
    @FunctionalInterface
    interface Reader {
        /** @param into takes [in] */
        void read(int row, float[] into);
    }
}
