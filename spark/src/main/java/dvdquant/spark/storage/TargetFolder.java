package dvdquant.spark.storage;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

import java.io.IOException;
import java.util.Optional;

/** A folder that appears at its address only when it is complete: until then it is written beside it, under a hidden name. */
public final class TargetFolder implements AutoCloseable {
    private final Storage storage;
    private final Path target;
    private final Path staged;
    /** Of this machine. */
    private final Optional<StagedPath> local;
    private boolean committed;

    private TargetFolder(Storage storage, Path target, Path staged, Optional<StagedPath> local) {
        this.storage = storage;
        this.target = target;
        this.staged = staged;
        this.local = local;
    }

    /**
     * Begins a folder.
     *
     * @param run that no other has the name of
     * @throws InputException if there is something that is no empty folder, or it cannot be written
     */
    public static TargetFolder begin(Storage storage, Path target, String run) {
        if (Storage.local(target).isPresent()) {
            StagedPath staged = StagedPath.folderBeside(Storage.local(target).get());
            return new TargetFolder(storage, target, new Path("file", null, staged.path().toString()),
                    Optional.of(staged));
        }
        var staged = new Path(target.getParent(), "." + target.getName() + ".partial-" + run);
        try {
            requireFree(storage, target);
            storage.files(staged).mkdirs(staged);
            storage.files(staged).deleteOnExit(staged); // Ctrl-C
            return new TargetFolder(storage, target, staged, Optional.empty());
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    /** @throws InputException if there is something that is no empty folder */
    public static void requireFree(Storage storage, Path target) throws IOException {
        Optional<FileStatus> there = storage.status(target);
        if (there.isEmpty() || there.get().isDirectory() && storage.list(target).isEmpty()) return;
        throw new InputException("cannot write " + Storage.shown(target) + ": it exists and is not an empty folder");
    }

    /** Where to write meanwhile. */
    public Path staged() {
        return staged;
    }

    /** @throws InputException if it cannot be put in its place */
    public void commit() {
        if (local.isPresent()) {
            local.get().commit();
        } else {
            try {
                FileSystem files = storage.files(target);
                requireFree(storage, target);
                files.delete(target, false); // an empty one, into which the other would be moved
                if (!files.rename(staged, target)) throw new IOException(staged + " cannot be renamed");
                files.cancelDeleteOnExit(staged);
            } catch (IOException e) {
                throw failure(target, e);
            }
        }
        committed = true;
    }

    private static InputException failure(Path target, IOException e) {
        return new InputException("cannot write " + Storage.shown(target) + ": " + e.getMessage(), e);
    }

    /** Removes what was written, unless it was committed. */
    @Override
    public void close() {
        local.ifPresent(StagedPath::close);
        if (committed || local.isPresent()) return;
        try {
            storage.files(staged).delete(staged, true);
        } catch (IOException e) {
            throw failure(target, e);
        }
    }
}
