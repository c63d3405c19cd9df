package dvdquant.core.io;

import dvdquant.core.InputException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** What is in folders. */
public final class Folders {
    private Folders() {}

    /**
     * The entries of a folder, sorted by their names.
     *
     * @throws InputException if it cannot be read, to its end
     */
    public static List<Path> list(Path folder) {
        return read(folder, Files::list);
    }

    /**
     * A folder with all that is below it, sorted; links are not followed.
     *
     * @throws InputException if it, or a folder in it, cannot be read
     */
    public static List<Path> walk(Path folder) {
        return read(folder, Files::walk);
    }

    private interface Reader {
        Stream<Path> open(Path folder) throws IOException;
    }

    /** What a folder holds is read as it is asked for, so that this can fail late, and then with an unchecked exception. */
    private static List<Path> read(Path folder, Reader reader) {
        try (Stream<Path> entries = reader.open(folder)) {
            return entries.sorted().toList();
        } catch (IOException e) {
            throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e), e);
        } catch (UncheckedIOException e) {
            throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e.getCause()), e);
        }
    }
}
