package dvdquant.tensor;

/** A weight [out, in] that is not kept: its rows are made when a product needs them. */
public interface WeightRows {
    /** {@return how many rows there are: the layer's outputs} */
    int out();

    /** {@return how long a row is: the layer's inputs} */
    int in();

    /** {@return what makes rows, with scratch memory of its own: one a thread} */
    Reader reader();

    /**
     * {@return some of the rows, as a weight [count, in]}
     *
     * @param first of the rows
     * @param count how many, from there
     */
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
        /**
         * Makes a row.
         *
         * @param row from 0
         * @param into takes [in]
         */
        void read(int row, float[] into);
    }
}
