package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.core.io.Leftover;
import dvdquant.core.io.Places;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What a command reads and what it writes, as files and not by their names: one that were both, or were written twice, would be lost. Asked
 * before anything of it is read.
 */
public final class FilePairs {
    /** No step of a run takes so long, even of the slowest. */
    private static final Duration ABANDONED = Duration.ofDays(1);

    private record Named(String name, Path path) {
        InputException clash(String why) {
            return new InputException(name + " " + path + ": " + why + ", expected another file");
        }
    }

    private final List<Named> reads = new ArrayList<>();
    private final List<Named> writes = new ArrayList<>();
    private final List<Named> ownFolders = new ArrayList<>();

    /**
     * @param name for people, such as the flag's
     * @param file null: it is not given
     */
    public FilePairs reads(String name, Path file) {
        if (file != null) reads.add(new Named(name, file));
        return this;
    }

    /** As {@link #reads}. */
    public FilePairs writes(String name, Path file) {
        if (file != null) writes.add(new Named(name, file));
        return this;
    }

    /** A folder that is written as a whole: nothing else can be in it. */
    public FilePairs writesFolder(String name, Path folder) {
        ownFolders.add(new Named(name, folder));
        return writes(name, folder);
    }

    /** @throws InputException if two of them are one, or lie in a folder that is written as a whole */
    public void requireApart() {
        Map<Path, Named> written = new HashMap<>();
        for (Named file : writes) {
            Named before = written.put(real(file), file);
            if (before != null) throw file.clash(before.name + " is written there");
            for (Named read : reads) {
                if (same(file, read)) throw file.clash(read.name + " is read there");
            }
        }
        for (Named folder : ownFolders) {
            for (Named read : reads) {
                if (isInside(read, folder.path)) throw read.clash(folder.name + " is written around it");
            }
            for (Named file : writes) {
                if (!file.equals(folder) && isInside(file, folder.path)) {
                    throw file.clash(folder.name + " is written around it");
                }
            }
        }
    }

    /**
     * For files that could be taken for a part of a model, or take the place of one.
     *
     * @param file null: it is not given
     * @throws InputException if the file lies inside the model
     */
    public static void requireOutside(String name, Path file, Path model) {
        if (file == null) return;
        var named = new Named(name, file);
        if (isInside(named, model)) throw named.clash("it is inside the model");
    }

    /**
     * Warns of what runs that were killed may have left where something will be written. Those of this machine go when their place is
     * written again; of another's nobody here can tell whether they are at work, so that is for the user to say.
     */
    public void noteLeftovers(PrintWriter err) {
        writes.stream().map(file -> real(file).getParent()).filter(Objects::nonNull).distinct()
                .flatMap(folder -> Leftover.olderThan(folder, ABANDONED).stream())
                .forEach(left -> err.println("warning: " + left.path() + ": not written to since "
                        + left.written().truncatedTo(ChronoUnit.SECONDS)
                        + " by process " + left.process() + " of " + left.host()
                        + "; remove it if that is no longer at work"));
    }

    private static Path real(Named file) {
        try {
            return Places.real(file.path);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static boolean same(Named file, Named other) {
        try {
            return Places.same(file.path, other.path);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static boolean isInside(Named file, Path folder) {
        try {
            return Places.isInside(file.path, folder);
        } catch (IOException e) {
            throw failure(file, e);
        }
    }

    private static InputException failure(Named file, IOException e) {
        return new InputException(file.name + " " + file.path + ": " + Reasons.of(e), e);
    }
}
