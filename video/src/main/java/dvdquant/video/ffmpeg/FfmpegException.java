package dvdquant.video.ffmpeg;

/** A call into ffmpeg failed; the message says what was being done and why it failed. */
public final class FfmpegException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    public FfmpegException(String message) {
        super(message);
    }
}
