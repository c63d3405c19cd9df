package dvdquant.app.text;

import picocli.CommandLine.IVersionProvider;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Properties;

/** What was built, from what. */
public record Version(String version, String commit, String libtorch, String onednn) {
    public static final Version CURRENT = read();

    private static Version read() {
        var properties = new Properties();
        try (InputStream in = Version.class.getResourceAsStream("/dvdquant.properties")) {
            properties.load(in);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        String commit = properties.getProperty("commit");
        if (commit.startsWith("${")) commit = "unknown"; // built outside of a git checkout
        if (properties.getProperty("dirty").equals("true")) commit += "+changes";
        return new Version(properties.getProperty("version"), commit, properties.getProperty("libtorch"),
                properties.getProperty("onednn"));
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
