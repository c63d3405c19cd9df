package dvdquant.spark.storage;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.TensorSource;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/**
 * A model for who plans with it: the folder itself where it is on this machine, else a temporary one with its configurations. Its weights are
 * read where they lie.
 */
public final class ModelFolder implements AutoCloseable {
    private static final List<String> CONFIGURATIONS = List.of("model_index.json", "config.json",
            "scheduler_config.json");

    private final Storage storage;
    private final Path address;
    private final java.nio.file.Path path;
    private final boolean isTemporary;

    private ModelFolder(Storage storage, Path address, java.nio.file.Path path, boolean isTemporary) {
        this.storage = storage;
        this.address = address;
        this.path = path;
        this.isTemporary = isTemporary;
    }

    /** @throws InputException if there is no such folder, or it cannot be read */
    public static ModelFolder open(Storage storage, Path address) {
        var local = Storage.local(address);
        if (local.isPresent()) return new ModelFolder(storage, address, local.get(), false);
        try {
            if (storage.status(address).filter(FileStatus::isDirectory).isEmpty()) {
                throw new InputException(address + ": no such folder, expected a model in the diffusers layout");
            }
            var folder = new ModelFolder(storage, address, Files.createTempDirectory("dvdquant-model"), true);
            try {
                folder.fetch(address, folder.path);
                return folder;
            } catch (IOException e) {
                folder.close();
                throw e;
            }
        } catch (IOException e) {
            throw new InputException("cannot read " + address + ": " + e.getMessage(), e);
        }
    }

    private void fetch(Path from, java.nio.file.Path to) throws IOException {
        for (FileStatus entry : storage.list(from)) {
            String name = entry.getPath().getName();
            if (entry.isDirectory() && from.equals(address)) {
                fetch(entry.getPath(), Files.createDirectory(to.resolve(name)));
            } else if (CONFIGURATIONS.contains(name)) {
                try (var in = storage.files(address).open(entry.getPath())) {
                    Files.copy(in, to.resolve(name));
                }
            }
        }
    }

    public Path address() {
        return address;
    }

    /** With the configurations at least. */
    public java.nio.file.Path path() {
        return path;
    }

    /** Opens components by their folders in {@link #path}. */
    public TensorSource.Opener sources() {
        return folder -> StoredFiles.open(storage, address, path, folder);
    }

    /**
     * Does what may find something wrong with the model.
     *
     * @throws InputException that names the model as the user does
     */
    public <T> T naming(Supplier<T> work) {
        try {
            return work.get();
        } catch (InputException e) {
            throw isTemporary ? new InputException(words(e.getMessage()), e) : e;
        } catch (UncheckedIOException e) {
            throw new InputException(words(e.getMessage()), e);
        }
    }

    private String words(String message) {
        return message.replace(path.toString(), address.toString());
    }

    @Override
    public void close() {
        if (!isTemporary) return;
        try (var files = Files.walk(path)) {
            files.sorted(Comparator.reverseOrder()).forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
