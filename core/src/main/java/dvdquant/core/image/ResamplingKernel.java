package dvdquant.core.image;

/** What an output pixel takes of the input pixels around it, by their distance. */
public enum ResamplingKernel {
    /** sinc(x) · sinc(x / 3) up to a distance of 3. */
    LANCZOS(3) {
        @Override
        double at(double x) {
            return Math.abs(x) < 3 ? sinc(x) * sinc(x / 3) : 0;
        }
    },
    /** Keys' cubic convolution up to a distance of 2, with a = −1/2. */
    BICUBIC(2) {
        private static final double A = -0.5;

        @Override
        double at(double x) {
            double d = Math.abs(x);
            if (d < 1) return ((A + 2) * d - (A + 3)) * d * d + 1;
            if (d < 2) return A * (((d - 5) * d + 8) * d - 4);
            return 0;
        }
    };

    private final double support;

    ResamplingKernel(double support) {
        this.support = support;
    }

    /** The distance from which on nothing is taken. */
    double support() {
        return support;
    }

    /** The weight at a distance, not normalized. */
    abstract double at(double x);

    private static double sinc(double x) {
        if (x == 0) return 1;
        return Math.sin(Math.PI * x) / (Math.PI * x);
    }
}
