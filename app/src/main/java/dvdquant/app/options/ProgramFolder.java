package dvdquant.app.options;

import java.nio.file.Path;

/** The checkout, or wherever else the program lies with what it brings: as the script that starts it says, or where it is started. */
public final class ProgramFolder {
    /** The small model that ships with it. */
    public static final Path DEMO_MODEL = resolve("demo/tiny-wan");

    private ProgramFolder() {}

    /** A file or folder in it; need not be there. */
    public static Path resolve(String name) {
        return Path.of(System.getProperty("dvdquant.home", ".")).resolve(name);
    }
}
