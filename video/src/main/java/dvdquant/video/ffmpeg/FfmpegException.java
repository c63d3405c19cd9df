package dvdquant.video;

/** A call into ffmpeg failed; the message says what was being done and why it failed. */
final class FfmpegException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    FfmpegException(String message) {
        super(message);
    }
}
