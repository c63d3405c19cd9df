package dvdquant.models.pipeline;

/** How far a phase of a generation is. The first of a phase has nothing done. */
public sealed interface Progress {
    /**
     * Parts done of this phase.
     *
     * @return from 0 to {@link #total}
     */
    int done();

    /**
     * Parts that this phase has.
     *
     * @return 1 or more
     */
    int total();

    /**
     * The text encoder's layers.
     *
     * @param done layers, of all text encoders
     * @param total of them
     */
    record Encoding(int done, int total) implements Progress {}

    /**
     * Pictures: the layers of their encoder, and stretches of frames that the VAE has encoded.
     *
     * @param done parts
     * @param total of them
     */
    record EncodingImages(int done, int total) implements Progress {}

    /**
     * The transformer's weights are being read: 0 of 1, then 1 of 1.
     *
     * @param done 0 or 1
     * @param total 1
     */
    record Loading(int done, int total) implements Progress {}

    /**
     * Denoising steps.
     *
     * @param done steps
     * @param total of them
     */
    record Sampling(int done, int total) implements Progress {}

    /**
     * Stretches of frames that the VAE has decoded.
     *
     * @param done stretches, of all tiles
     * @param total of them
     */
    record Decoding(int done, int total) implements Progress {}
}
