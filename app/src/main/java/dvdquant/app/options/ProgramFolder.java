package dvdquant.app.options;

import java.nio.file.Path;

/** The checkout, or wherever else the program lies with what it brings: as the script that starts it says, or where it is started. */
public final class ProgramFolder {
    private ProgramFolder() {}

    /** A file or folder in it; need not be there. */
    public static Path resolve(String name) {
        return Path.of(System.getProperty("dvdquant.home", ".")).resolve(name);
    }
}
