package dvdquant.app.doctor;

/**
 * One thing that was looked at.
 *
 * @param subject such as {@code ffmpeg}
 * @param text what was found, with a hint what it means or what to do
 */
public record Finding(Level level, String subject, String text) {
    /** How good it is. */
    public enum Level {
        /** Fine. */
        OK,
        /** Neither good nor bad. */
        INFO,
        /** It works, but slower or with less than it could. */
        WARN,
        /** Something needed is not there. */
        MISSING
    }

    static Finding ok(String subject, String text) {
        return new Finding(Level.OK, subject, text);
    }

    static Finding info(String subject, String text) {
        return new Finding(Level.INFO, subject, text);
    }

    static Finding warn(String subject, String text) {
        return new Finding(Level.WARN, subject, text);
    }

    static Finding missing(String subject, String text) {
        return new Finding(Level.MISSING, subject, text);
    }
}
