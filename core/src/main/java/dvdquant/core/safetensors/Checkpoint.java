package dvdquant.core.safetensors;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.SequencedMap;

/**
 * The weights of one component of a model, mapped from a folder in the diffusers layout: one file, or several with an index. Safe
 * for use by several threads.
 */
public final class Checkpoint implements TensorSource {
    private static final String INDEX_SUFFIX = ".index.json";
    /** In the order in which the libraries that write them look: diffusers for an index first, transformers for the one file. */
    private static final List<String> CANDIDATES = List.of("diffusion_pytorch_model.safetensors.index.json",
            "diffusion_pytorch_model.safetensors", "model.safetensors", "model.safetensors.index.json");

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
        for (String candidate : CANDIDATES) {
            Path path = folder.resolve(candidate);
            if (!Files.exists(path)) continue;
            return candidate.endsWith(INDEX_SUFFIX)
                    ? sharded(folder, ShardIndex.read(path))
                    : new Checkpoint(folder, List.of(SafetensorsFile.open(path)));
        }
        throw new SafetensorsException(folder, SafetensorsException.NO_OFFSET,
                MissingWeights.reason(folder, CANDIDATES));
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

    private static Checkpoint sharded(Path folder, ShardIndex index) {
        var files = new ArrayList<SafetensorsFile>();
        try {
            for (String name : new LinkedHashSet<>(index.fileOf().values())) {
                files.add(shard(folder, index, name));
            }
            index.fileOf().forEach((tensor, name) -> requireTensor(index, files, tensor, name));
            return new Checkpoint(folder, files);
        } catch (RuntimeException | Error e) {
            files.forEach(SafetensorsFile::close);
            throw e;
        }
    }

    private static SafetensorsFile shard(Path folder, ShardIndex index, String name) {
        Path path = folder.resolve(name);
        if (!Files.exists(path)) {
            throw new SafetensorsException(index.path(), SafetensorsException.NO_OFFSET, "the index names the shard "
                    + Names.quoted(name) + ", which is not in the folder; " + missingShard(folder, index));
        }
        SafetensorsFile file = SafetensorsFile.open(path);
        for (String tensor : file.tensors().keySet()) {
            String place = index.fileOf().get(tensor);
            if (name.equals(place)) continue;
            file.close();
            throw new SafetensorsException(path, SafetensorsException.NO_OFFSET,
                    "has tensor " + Names.quoted(tensor) + ", which "
                            + index.path().getFileName()
                            + (place == null ? " lacks" : " puts into " + Names.quoted(place)));
        }
        return file;
    }

    private static String missingShard(Path folder, ShardIndex index) {
        String file = index.path().getFileName().toString();
        Path whole = folder.resolve(file.substring(0, file.length() - INDEX_SUFFIX.length()));
        return Files.exists(whole)
                ? whole.getFileName()
                        + " beside it is read only if there is no index: remove the one that is not wanted"
                : "is the download complete?";
    }

    private static void requireTensor(ShardIndex index, List<SafetensorsFile> files, String tensor, String name) {
        for (SafetensorsFile file : files) {
            if (file.tensors().containsKey(tensor)) return;
        }
        throw new SafetensorsException(index.path(), SafetensorsException.NO_OFFSET,
                "the index puts tensor " + Names.quoted(tensor) + " into " + Names.quoted(name) + ", which lacks it");
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
