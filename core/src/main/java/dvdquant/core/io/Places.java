package dvdquant.core.io;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** Where paths lead, links followed. */
public final class Places {
    private Places() {}

    /**
     * Whether a path, which need not be there yet, is a folder or lies inside it.
     *
     * @throws IOException if what is there of it cannot be looked at
     */
    public static boolean isInside(Path path, Path folder) throws IOException {
        Path real = folder.toRealPath();
        Path existing = path.toAbsolutePath().normalize();
        while (!Files.exists(existing)) {
            existing = existing.getParent();
        }
        for (Path at = existing.toRealPath(); at != null; at = at.getParent()) {
            if (at.equals(real)) return true;
        }
        return false;
    }
}
