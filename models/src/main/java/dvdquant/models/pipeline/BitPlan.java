package dvdquant.models.pipeline;

import dvdquant.core.InputException;

import java.util.Locale;

/**
 * The bits of the activations that go into a quantized transformer's layers, over the denoising steps. Without meaning for a
 * transformer in full precision. Where the bits switch, they do between {@link #LOW} and {@link #HIGH}, and an average of bits is
 * one over the forwards that are computed.
 */
public sealed interface BitPlan {
    int LOW = 4;
    int HIGH = 8;
    /** Steps that are high where the bits follow the changes: no change is known before there are two outputs. */
    int ALWAYS_HIGH_FIRST = 2;
    /** Ours: on the demo model the last steps matter most. */
    int ALWAYS_HIGH_LAST = 1;

    /** The same bits at every step: 2 to 8. */
    record Fixed(int bits) implements BitPlan {
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
        public Delta {
            if (!(delta >= 0)) throw new InputException("a delta of " + delta + ", expected a number from 0");
        }
    }

    /** As {@link Delta}, with a δ that is chosen on the way so that the bits average to this: 4 to 8. */
    record Average(double bits) implements BitPlan {
        public Average {
            requireAverage(bits);
        }

        /** The lowest average that so many computed steps can have, since some are high whatever changes. */
        public static double least(int steps) {
            int high = Math.min(steps, ALWAYS_HIGH_FIRST + ALWAYS_HIGH_LAST);
            return LOW + (double) (HIGH - LOW) * high / steps;
        }
    }

    /** Given bits a step, by one digit each: 4 or 8. */
    record Pattern(String digits) implements BitPlan {
        public Pattern {
            if (!digits.matches("[48]+")) {
                throw new InputException("a bit schedule '" + digits + "', expected digits 4 and 8, one a step");
            }
        }
    }

    /** High steps at given places, as many as the average of the bits asks for: 4 to 8. */
    record Placed(Placement placement, double averageBits) implements BitPlan {
        public Placed {
            requireAverage(averageBits);
        }
    }

    /** Where the high steps are. */
    enum Placement {
        FIRST_HIGH,
        LAST_HIGH,
        BOTH_ENDS,
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

    /** The default on a CPU, where 4 bits are no faster. */
    static BitPlan defaults() {
        return new Fixed(8);
    }

    /** @throws InputException if they are given for another number of steps */
    default void check(int steps) {
        if (this instanceof Pattern(String digits) && digits.length() != steps) {
            throw new InputException("bit schedule " + digits + ": " + digits.length() + " digits for " + steps
                    + " steps, expected one a step");
        }
    }

    /** As in {@code W4A8}: {@code A8}. "A6" would be the paper's name for an average. */
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
