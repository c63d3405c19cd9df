package dvdquant.models.diffusion.bits;

/** Where δ comes from. */
sealed interface DeltaSource permits ConstantDelta, AverageDelta {
    /** @param sum of the changes since the last high step */
    double delta(double sum);

    /** What came of it. */
    void decided(boolean high, double sum);

    void observe(double change);

    /** Told how many steps are computed, if they become fewer than it was told before. */
    void recount(int steps);
}
