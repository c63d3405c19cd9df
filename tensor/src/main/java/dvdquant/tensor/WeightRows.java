package dvdquant.tensor;

/** A weight [out, in] that is not kept: its rows are made when a product needs them. */
public interface WeightRows {
    int out();

    int in();

    /** With scratch memory of its own: one a thread. */
    Reader reader();

    /** Some of the rows. */
    default WeightRows range(long first, long count) {
        WeightRows all = this;
        return new WeightRows() {
            @Override
            public int out() {
                return Math.toIntExact(count);
            }

            @Override
            public int in() {
                return all.in();
            }

            @Override
            public Reader reader() {
                Reader reader = all.reader();
                return (row, into) -> reader.read(Math.toIntExact(first) + row, into);
            }
        };
    }

    /** Makes rows. */
    @FunctionalInterface
    interface Reader {
        /** @param into takes [in] */
        void read(int row, float[] into);
    }
}
