package dvdquant.core.quant.weights;

/** Which weights of a row share a grid. Example: weight [out, in]. */
public sealed interface GroupSize {
    /** One step and zero point a row: scale [out], zero point [out, 1]. */
    record WholeRow() implements GroupSize {}

    /**
     * Groups of columns with the step Δ_row · m, m a small integer, so that one integer product can run over the whole row: scale
     * [out], zero point and multiplier [out, in / columns].
     *
     * @param columns of a group, 1 or more
     */
    record Multiples(int columns) implements GroupSize {
        /**
         * Checks that a group has columns.
         *
         * @throws IllegalArgumentException if it has none
         */
        public Multiples {
            requirePositive(columns);
        }
    }

    /**
     * Groups with a step of their own, stored as F16: scale and zero point [out, in / columns]. No integer product can run it.
     *
     * @param columns of a group, 1 or more
     */
    record Free(int columns) implements GroupSize {
        /**
         * Checks that a group has columns.
         *
         * @throws IllegalArgumentException if it has none
         */
        public Free {
            requirePositive(columns);
        }
    }

    private static void requirePositive(int columns) {
        if (columns < 1) throw new IllegalArgumentException("a group of " + columns + " columns");
    }

    /**
     * {@return how many columns a group has}
     *
     * @param rowColumns of the whole row
     */
    default int columnsOf(int rowColumns) {
        return switch (this) {
            case WholeRow() -> rowColumns;
            case Multiples(int columns) -> columns;
            case Free(int columns) -> columns;
        };
    }

    /**
     * {@return how many groups a row has}
     *
     * @param rowColumns of the whole row
     * @throws IllegalArgumentException if they do not fill it; the message names both sizes
     */
    default int groupsOf(int rowColumns) {
        int columns = columnsOf(rowColumns);
        if (rowColumns < 1 || rowColumns % columns != 0) {
            throw new IllegalArgumentException(
                    "groups of " + columns + " columns do not divide " + rowColumns + " columns");
        }
        return rowColumns / columns;
    }
}
