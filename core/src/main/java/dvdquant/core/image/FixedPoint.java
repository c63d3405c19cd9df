package dvdquant.core.image;

/** In how many bits a program that resamples bytes keeps its weights; what is rounded otherwise is off by a gray level here and there. */
public enum FixedPoint {
    /** Pillow: 22 bits after the point. */
    PILLOW {
        @Override
        int fractionBits(double largest) {
            return MOST_BITS;
        }
    },
    /** torchvision on a CPU, which the image processors of transformers resample by: as many as keep the largest weight in 16 bits. */
    TORCHVISION {
        @Override
        int fractionBits(double largest) {
            int bits = 0;
            while (bits < MOST_BITS && Math.floor(0.5 + largest * (1 << (bits + 1))) < 1 << 15) {
                bits++;
            }
            return bits;
        }
    };

    /** A sum of bytes times weights, some of them negative, then fits 32 bits. */
    private static final int MOST_BITS = 22;

    /** Bits after the point, where this is the largest of the weights. */
    abstract int fractionBits(double largest);
}
