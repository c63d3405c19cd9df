package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.Locale;

/**
 * The bits of the activations that go into a quantized transformer's layers, over the denoising steps. Without meaning for a
 * transformer in full precision. Where the bits switch, they do between {@link #LOW} and {@link #HIGH}, and an average of bits is
 * one over the forwards that are computed.
 */
public sealed interface BitPlan {
    /** Bits of a step whose output changes little. */
    int LOW = 4;
    /** Bits of a step whose output changes much. */
    int HIGH = 8;
    /** Steps that are high where the bits follow the changes: no change is known before there are two outputs. */
    int ALWAYS_HIGH_FIRST = 2;
    /** Ours: on the demo model the last steps matter most. */
    int ALWAYS_HIGH_LAST = 1;

    /**
     * The same bits at every step.
     *
     * @param bits 2 to 8
     */
    record Fixed(int bits) implements BitPlan {
        /**
         * Checks them.
         *
         * @throws InputException if they are others
         */
        public Fixed {
            if (bits < 2 || bits > 8) throw new InputException("activations of " + bits + " bits, expected 2 to 8");
        }
    }

    /** Not quantized, 16 bits: only the weights are. */
    record Full() implements BitPlan {}

    /**
     * δ-guided bit switching: the bits are high where the summed change of the output has reached δ since the last such step, and at
     * the first two steps and the last.
     *
     * @param delta from 0, always high, to infinity, never but there
     * @see <a href="https://arxiv.org/abs/2505.18663">DVD-Quant, §3.3</a>
     */
    record Delta(double delta) implements BitPlan {
        /**
         * Checks it.
         *
         * @throws InputException if it is negative or no number
         */
        public Delta {
            if (!(delta >= 0)) throw new InputException("a delta of " + delta + ", expected a number from 0");
        }
    }

    /**
     * As {@link Delta}, with a δ that is chosen on the way.
     *
     * @param bits that the computed forwards are to average to: 4 to 8
     */
    record Average(double bits) implements BitPlan {
        /**
         * Checks them.
         *
         * @throws InputException if they are others
         */
        public Average {
            requireAverage(bits);
        }

        /**
         * The lowest average that so many computed steps can have, since some are high whatever changes.
         *
         * @param steps that are computed, 1 or more
         * @return bits, 4 to 8
         */
        public static double least(int steps) {
            int high = Math.min(steps, ALWAYS_HIGH_FIRST + ALWAYS_HIGH_LAST);
            return LOW + (double) (HIGH - LOW) * high / steps;
        }
    }

    /**
     * Given bits.
     *
     * @param digits one a step: 4 or 8
     */
    record Pattern(String digits) implements BitPlan {
        /**
         * Checks them.
         *
         * @throws InputException if there are others, or none
         */
        public Pattern {
            if (!digits.matches("[48]+")) {
                throw new InputException("a bit schedule '" + digits + "', expected digits 4 and 8, one a step");
            }
        }
    }

    /**
     * High steps at given places, as many as an average asks for.
     *
     * @param placement of the high steps
     * @param averageBits 4 to 8
     */
    record Placed(Placement placement, double averageBits) implements BitPlan {
        /**
         * Checks the average.
         *
         * @throws InputException if it is none of 4 to 8
         */
        public Placed {
            requireAverage(averageBits);
        }
    }

    /** Where the high steps are. */
    enum Placement {
        /** The first steps. */
        FIRST_HIGH,
        /** The last steps. */
        LAST_HIGH,
        /** The first and the last steps, as many of each, and one more of the last where they are odd. */
        BOTH_ENDS,
        /** Steps that are spread evenly, the last among them. */
        ALTERNATE;

        /** What the command line calls it, such as {@code first-high}. */
        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    private static void requireAverage(double bits) {
        if (!(bits >= LOW && bits <= HIGH)) {
            throw new InputException("an average of " + bits + " bits, expected " + LOW + " to " + HIGH);
        }
    }

    /**
     * The default on a CPU, where 4 bits are no faster.
     *
     * @return 8 bits at every step
     */
    static BitPlan defaults() {
        return new Fixed(8);
    }

    /**
     * Checks whether it can be carried out.
     *
     * @param steps of the sampling
     * @throws InputException if bits are given for another number of steps
     */
    default void check(int steps) {
        if (this instanceof Pattern(String digits) && digits.length() != steps) {
            throw new InputException("bit schedule " + digits + ": " + digits.length() + " digits for " + steps
                    + " steps, expected one a step");
        }
    }

    /**
     * As in {@code W4A8}: {@code A8}. "A6" would be the paper's name for an average.
     *
     * @return as methods are named in reports
     */
    default String label() {
        return switch (this) {
            case Fixed(int bits) -> "A" + bits + (bits > LOW && bits < HIGH ? " at every step" : "");
            case Full() -> "A16";
            case Delta(double delta) -> "A4/8 by delta " + delta;
            case Average(double bits) -> "A4/8 averaging " + bits;
            case Pattern(_) -> "A4/8 by a given schedule";
            case Placed(Placement placement, double bits) -> "A4/8 " + placement + " averaging " + bits;
        };
    }
}
