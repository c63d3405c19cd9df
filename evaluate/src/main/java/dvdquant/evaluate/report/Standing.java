package dvdquant.evaluate.report;

/** What a variant is to the others. */
public enum Standing {
    /** What the others are compared with; takes part in no ranking. */
    REFERENCE,
    /** Runs as it is meant to: with integer products, or in floating point where that is the method. */
    GENUINE,
    /** No integer product can run it: its rounding is right, its speed says nothing and is not ranked. */
    EMULATED
}
