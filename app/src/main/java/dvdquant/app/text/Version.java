package dvdquant.app.text;

import dvdquant.core.InputException;
import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built, from what. */
public record Version(String version, String commit, String libtorch, String onednn) {
    private static final String UNKNOWN = "unknown";
    private static final String CHANGES = "+changes";

    public static final Version CURRENT = read();

    private static Version read() {
        var properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/dvdquant.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String commit = properties.getProperty("commit");
        if (commit.startsWith("${")) commit = UNKNOWN; // built outside of a git checkout
        if (properties.getProperty("dirty").equals("true")) commit += CHANGES;
        return new Version(properties.getProperty("version"), commit, properties.getProperty("libtorch"),
                properties.getProperty("onednn"));
    }

    /**
     * What results are kept under. A build of files that are in no commit is told from the last such build by a digest of its classes.
     *
     * @throws InputException if they cannot be read
     */
    public String program() {
        String program = version + " " + commit;
        return isCommitted() ? program : program + " " + BuildDigest.ofRunning();
    }

    private boolean isCommitted() {
        return !commit.equals(UNKNOWN) && !commit.endsWith(CHANGES);
    }

    /** For {@code --version}. */
    public static final class Provider implements IVersionProvider {
        @Override
        public String[] getVersion() {
            return new String[]{
                    "dvdquant " + CURRENT.version + " (commit " + CURRENT.commit + ", libtorch " + CURRENT.libtorch
                            + ", oneDNN " + CURRENT.onednn + ", Java " + Runtime.version() + ")"};
        }
    }
}
