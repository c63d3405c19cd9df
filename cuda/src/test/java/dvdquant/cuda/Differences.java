package dvdquant.cuda;

import java.util.BitSet;

import static org.assertj.core.api.Assertions.assertThat;

/** Codes beside those of a reference: how many are others, in how many tokens, and which is furthest off. */
public final class Differences {
    private final String what;
    private final BitSet tokensWithOthers = new BitSet();
    private long codes;
    private long others;
    private double furthest = -1;
    private String where = "nowhere";

    /** @param what the codes are, for messages */
    public Differences(String what) {
        this.what = what;
    }

    /**
     * Takes one code.
     *
     * @param found in steps of the reference, as {@code expected}
     * @param expected need not be rounded
     */
    public void add(int token, int channel, double found, double expected) {
        codes++;
        double off = Math.abs(found - expected);
        if (Math.abs(found - Math.rint(expected)) > 0.01) {
            others++;
            tokensWithOthers.set(token);
        }
        if (off <= furthest) return;
        furthest = off;
        where = "token " + token + ", channel " + channel + ": " + found + " where " + expected + " is expected";
    }

    /**
     * Asserts, and prints, what was found.
     *
     * @param mostOff in steps
     * @param mostOthers of the codes
     */
    public void require(double mostOff, long mostOthers) {
        String found = what + ": " + others + " of " + codes + " codes differ, in " + tokensWithOthers.cardinality()
                + " tokens; furthest off is " + where;
        System.out.println(found);
        assertThat(furthest).as(found).isLessThan(mostOff);
        assertThat(others).as(found).isLessThanOrEqualTo(mostOthers);
    }

    /** How many were taken. */
    public long codes() {
        return codes;
    }
}
