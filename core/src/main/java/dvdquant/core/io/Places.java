package dvdquant.core.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;

/** Where paths lead, links followed. */
public final class Places {
    /** As many as Linux follows. */
    private static final int MOST_LINKS = 40;

    private Places() {}

    /**
     * Whether a path, which need not be there yet, is a folder or lies inside it.
     *
     * @throws IOException if what is there of it cannot be looked at
     */
    public static boolean isInside(Path path, Path folder) throws IOException {
        Path real = real(folder);
        for (Path at = real(path); at != null; at = at.getParent()) {
            if (at.equals(real)) return true;
        }
        return false;
    }

    /**
     * Whether two paths, which need not be there yet, are one file or folder: by another name, a link or a hard link.
     *
     * @throws IOException if what is there of them cannot be looked at
     */
    public static boolean same(Path a, Path b) throws IOException {
        if (Files.exists(a) && Files.exists(b)) return Files.isSameFile(a, b);
        return real(a).equals(real(b));
    }

    /**
     * Where a file would be written: links are followed, those too that lead to nothing yet, and what is not there is taken as it is named.
     *
     * @throws IOException if what is there cannot be looked at, or links lead in a circle
     */
    public static Path real(Path path) throws IOException {
        Path at = path.toAbsolutePath().normalize();
        for (int links = 0; Files.isSymbolicLink(at); links++) {
            if (links == MOST_LINKS) throw new IOException("its links lead in a circle");
            at = at.resolveSibling(Files.readSymbolicLink(at)).normalize();
        }
        if (Files.exists(at, LinkOption.NOFOLLOW_LINKS)) return at.toRealPath();
        Path parent = at.getParent();
        return parent == null ? at : real(parent).resolve(at.getFileName());
    }
}
