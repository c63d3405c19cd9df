package dvdquant.models.pipeline;

/**
 * How large a clip is.
 *
 * @param frames of the clip
 * @param height in pixels
 * @param width in pixels
 */
public record ClipSize(int frames, int height, int width) {
    /**
     * The same with another number of frames.
     *
     * @param count of the clip
     * @return a copy
     */
    public ClipSize withFrames(int count) {
        return new ClipSize(count, height, width);
    }

    @Override
    public String toString() {
        return frames + " frames of " + width + "×" + height;
    }
}
