package dvdquant.core.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The weights of one component of a model, mapped from a folder in the diffusers layout: one file, or several with an index. Safe
 * for use by several threads.
 */
public final class Checkpoint implements TensorSource {
    /** Files that are mapped. */
    private static final CheckpointFiles.Access<SafetensorsFile> MAPPED = new CheckpointFiles.Access<>() {
        @Override
        public boolean exists(Path file) {
            return Files.exists(file);
        }

        @Override
        public ShardIndex index(Path file) {
            return ShardIndex.read(file);
        }

        @Override
        public SafetensorsFile open(Path file) {
            return SafetensorsFile.open(file);
        }

        @Override
        public Set<String> tensors(SafetensorsFile file) {
            return file.tensors().keySet();
        }

        @Override
        public void close(SafetensorsFile file) {
            file.close();
        }

        @Override
        public String missing(Path folder) {
            return MissingWeights.reason(folder, CheckpointFiles.CANDIDATES);
        }
    };

    /** Or the one file. */
    private final Path folder;
    private final List<SafetensorsFile> files;
    private final SequencedMap<String, StoredTensor> tensors;

    private Checkpoint(Path folder, List<SafetensorsFile> files) {
        this.folder = folder;
        this.files = List.copyOf(files);
        var all = new LinkedHashMap<String, StoredTensor>();
        files.forEach(file -> all.putAll(file.tensors()));
        this.tensors = Collections.unmodifiableSequencedMap(all);
    }

    /**
     * Opens {@code diffusion_pytorch_model} or {@code model}, sharded or not, whichever the folder holds. Of an index and one file beside it
     * the index is read of {@code diffusion_pytorch_model}, the file of {@code model}, as by the libraries that these names are of.
     *
     * @param folder of the component, such as {@code MODEL/transformer}
     * @return mapped, to be closed by the caller
     * @throws SafetensorsException if there is none, a file is malformed, or the index and its shards disagree
     */
    public static Checkpoint open(Path folder) {
        return new Checkpoint(folder, CheckpointFiles.open(folder, MAPPED));
    }

    /**
     * Opens one file of any name, as if it were all there is.
     *
     * @param file in the safetensors format
     * @return mapped, to be closed by the caller
     * @throws SafetensorsException if it cannot be read or is malformed
     */
    public static Checkpoint openFile(Path file) {
        return new Checkpoint(file, List.of(SafetensorsFile.open(file)));
    }

    @Override
    public Path place() {
        return folder;
    }

    /** By name, over all files, in the order of their data; unmodifiable. */
    @Override
    public SequencedMap<String, StoredTensor> tensors() {
        return tensors;
    }

    /**
     * @throws SafetensorsException if there is none of that name
     */
    @Override
    public StoredTensor tensor(String name) {
        StoredTensor tensor = tensors.get(name);
        if (tensor != null) return tensor;
        throw new SafetensorsException(folder, SafetensorsException.NO_OFFSET, "has no tensor " + Names.quoted(name));
    }

    /**
     * The weight files, in the order of the index.
     *
     * @return one or more
     */
    public List<Path> files() {
        return files.stream().map(SafetensorsFile::path).toList();
    }

    /** Unmaps all files; their tensors' data cannot be read any more. */
    @Override
    public void close() {
        files.forEach(SafetensorsFile::close);
    }
}
