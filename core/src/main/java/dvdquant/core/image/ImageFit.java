package dvdquant.core.image;

/** How a picture becomes a frame of a clip. */
public enum ImageFit {
    /** Resized to exactly the clip's size; its shape does not stay. As diffusers does. */
    STRETCH,
    /** Resized until it covers the clip's size, its shape kept, and what stands over is cut off on both sides. As the native TI2V-5B does. */
    CROP,
    /**
     * The clip takes on the picture's shape, at the area that was asked for; what rounding to whole patches changes is stretched. As the
     * native I2V programs and the examples of diffusers do.
     */
    AREA;

    /**
     * {@return the clip's size, where a picture is to be its first frame}
     *
     * @param asked the size that was asked for, or the model's own
     * @param multiple what both sides must be multiples of, where they are chosen here
     * @param image that is to be the first frame
     */
    public ImageSize clipSize(RgbImage image, ImageSize asked, int multiple) {
        return this == AREA ? image.size().atArea(asked.area(), multiple) : asked;
    }

    /**
     * {@return the picture as a frame of {@link #clipSize}, resampled as diffusers does (Pillow's Lanczos)}
     *
     * @param image of any size
     * @param clip the size of its frames
     * @throws dvdquant.core.InputException if its shape is too far from the clip's
     */
    public RgbImage fit(RgbImage image, ImageSize clip) {
        ImageSize size = this == CROP ? image.size().covering(clip) : clip;
        return Resampling.PILLOW_LANCZOS.resize(image, size).centerCrop(clip);
    }
}
