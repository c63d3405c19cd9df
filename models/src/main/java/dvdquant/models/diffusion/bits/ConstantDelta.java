package dvdquant.models.diffusion.bits;

/** δ as it was given. */
record ConstantDelta(double value) implements DeltaSource {
    @Override
    public double delta(double sum) {
        return value;
    }

    @Override
    public void decided(boolean high, double sum) {}

    @Override
    public void observe(double change) {}

    @Override
    public void recount(int steps) {}
}
