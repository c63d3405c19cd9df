package dvdquant.models.wan.vae;

import dvdquant.tensor.Tensor;

/** What is added around a level of Wan 2.2's autoencoder, resampled as the level does it; has no weights. */
sealed interface Shortcut permits AverageDown, DuplicateUp {
    /** What {@link #addTo} needs of the level's input, which the level may overwrite. */
    Tensor taken(Tensor x);

    /**
     * @param result of the level, changed in place
     * @param firstChunk of the clip: one frame
     */
    void addTo(Tensor result, Tensor taken, boolean firstChunk);
}
