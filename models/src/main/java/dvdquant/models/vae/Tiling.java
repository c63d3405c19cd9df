package dvdquant.models.vae;

/** Whether a frame goes through the autoencoder as a whole, or in overlapping tiles, one after the other, to bound memory. */
public sealed interface Tiling {
    /** Pixels a latent at least, along height and width: tiles begin and end with one. */
    int UNIT = 8;

    /** The frame as a whole. */
    record Off() implements Tiling {}

    /**
     * Squares of {@code size} pixels, {@code stride} pixels apart; a tile blends linearly into its neighbors above and to the
     * left over the {@code size − stride} pixels that they share. A frame that fits in one tile is not cut.
     *
     * @param size a multiple of 8
     * @param stride a multiple of 8, from size / 2 to size − 8
     */
    record Tiles(int size, int stride) implements Tiling {
        public Tiles {
            if (size < 2 * UNIT || size % UNIT != 0 || stride % UNIT != 0 || stride >= size || 2 * stride < size) {
                throw new IllegalArgumentException("tiles of " + size + " pixels every " + stride
                        + ", expected multiples of " + UNIT
                        + ", the stride at least half of the size and less than it");
            }
        }

        /**
         * The same tiles where squares of {@code pixels} × {@code pixels} pixels are one.
         *
         * @throws IllegalArgumentException if size and stride are not multiples of 8 then
         */
        public Tiles inPatches(int pixels) {
            return new Tiles(size / pixels, stride / pixels);
        }
    }

    /** Tiles of 256 pixels every 192: those of diffusers' autoencoders ({@code enable_tiling}). */
    Tiles DEFAULT_TILES = new Tiles(256, 192);

    /** Tiles for frames of more pixels than {@code most}. */
    static Tiling above(long most, long height, long width) {
        return Math.multiplyExact(height, width) > most ? DEFAULT_TILES : new Off();
    }

    /** Whether this cuts a frame of that many pixels. */
    default boolean cuts(long height, long width) {
        return switch (this) {
            case Off _ -> false;
            case Tiles(int size, int _) -> height > size || width > size;
        };
    }
}
