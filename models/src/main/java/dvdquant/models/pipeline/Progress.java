package dvdquant.models.pipeline;

/** How far a phase of a generation is. The first of a phase has nothing done. */
public sealed interface Progress {
    /** Parts done of this phase. */
    int done();

    int total();

    /** The text encoder's layers. */
    record Encoding(int done, int total) implements Progress {}

    /** The transformer's weights are being read: 0 of 1, then 1 of 1. */
    record Loading(int done, int total) implements Progress {}

    /** Denoising steps. */
    record Sampling(int done, int total) implements Progress {}

    /** Stretches of frames that the VAE has decoded. */
    record Decoding(int done, int total) implements Progress {}
}
