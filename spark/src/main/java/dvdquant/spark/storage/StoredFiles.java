package dvdquant.spark.storage;

import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.RangedCheckpoint;
import dvdquant.core.safetensors.TensorSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.OptionalLong;

/**
 * The files below an address, read by ranges. Files have addresses, and the library names: those below a folder that need not be there.
 *
 * @param root the address
 * @param name of the root
 */
record StoredFiles(Storage storage, Path root, java.nio.file.Path name) implements RangedCheckpoint.RangedFiles {
    /** The tensors of a component, mapped where its files are this machine's. */
    static TensorSource open(Storage storage, Path root, java.nio.file.Path name, java.nio.file.Path folder) {
        return Storage.local(root).isPresent()
                ? Checkpoint.open(folder)
                : RangedCheckpoint.open(folder, new StoredFiles(storage, root, name));
    }

    private Path address(java.nio.file.Path file) {
        return new Path(root, name.relativize(file).toString());
    }

    @Override
    public OptionalLong size(java.nio.file.Path file) {
        try {
            return storage.status(address(file)).filter(FileStatus::isFile)
                    .map(status -> OptionalLong.of(status.getLen())).orElseGet(OptionalLong::empty);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    @Override
    public void read(java.nio.file.Path file, long position, byte[] into) {
        Path address = address(file);
        try (var in = storage.files(address).open(address)) {
            in.readFully(position, into);
        } catch (IOException e) {
            throw unreadable(file, e);
        }
    }

    /** Not the input's fault, perhaps: on an executor it is tried again. */
    private static UncheckedIOException unreadable(java.nio.file.Path file, IOException e) {
        return new UncheckedIOException("cannot read " + file + ": " + e.getMessage(), e);
    }
}
