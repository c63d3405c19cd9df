package dvdquant.core.safetensors;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/** Which files of a folder hold a component's weights, and that they agree with their index: of files that are mapped, or read by ranges. */
final class CheckpointFiles {
    private static final String INDEX_SUFFIX = ".index.json";
    /** In the order in which the libraries that write them look: diffusers for an index first, transformers for the one file. */
    static final List<String> CANDIDATES = List.of("diffusion_pytorch_model.safetensors.index.json",
            "diffusion_pytorch_model.safetensors", "model.safetensors", "model.safetensors.index.json");

    private CheckpointFiles() {}

    /**
     * How files are found and opened.
     *
     * @param <F> an open file
     */
    interface Access<F> {
        boolean exists(Path file);

        ShardIndex index(Path file);

        F open(Path file);

        Set<String> tensors(F file);

        void close(F file);

        /** Why a folder that has none of the {@link #CANDIDATES} has no weights. */
        String missing(Path folder);
    }

    /**
     * Opens the files of a folder, in the order of the index.
     *
     * @throws SafetensorsException if there is none, a file is malformed, or the index and its shards disagree
     */
    static <F> List<F> open(Path folder, Access<F> access) {
        for (String candidate : CANDIDATES) {
            Path path = folder.resolve(candidate);
            if (!access.exists(path)) continue;
            return candidate.endsWith(INDEX_SUFFIX)
                    ? sharded(folder, access.index(path), access)
                    : List.of(access.open(path));
        }
        throw new SafetensorsException(folder, SafetensorsException.NO_OFFSET, access.missing(folder));
    }

    private static <F> List<F> sharded(Path folder, ShardIndex index, Access<F> access) {
        var files = new ArrayList<F>();
        try {
            for (String name : new LinkedHashSet<>(index.fileOf().values())) {
                files.add(shard(folder, index, name, access));
            }
            index.fileOf().forEach((tensor, name) -> requireTensor(index, files, tensor, name, access));
            return files;
        } catch (RuntimeException | Error e) {
            files.forEach(access::close);
            throw e;
        }
    }

    private static <F> F shard(Path folder, ShardIndex index, String name, Access<F> access) {
        Path path = folder.resolve(name);
        if (!access.exists(path)) {
            throw new SafetensorsException(index.path(), SafetensorsException.NO_OFFSET, "the index names the shard "
                    + Names.quoted(name) + ", which is not in the folder; " + missingShard(folder, index, access));
        }
        F file = access.open(path);
        for (String tensor : access.tensors(file)) {
            String place = index.fileOf().get(tensor);
            if (name.equals(place)) continue;
            access.close(file);
            throw new SafetensorsException(path, SafetensorsException.NO_OFFSET,
                    "has tensor " + Names.quoted(tensor) + ", which "
                            + index.path().getFileName()
                            + (place == null ? " lacks" : " puts into " + Names.quoted(place)));
        }
        return file;
    }

    private static <F> String missingShard(Path folder, ShardIndex index, Access<F> access) {
        String file = index.path().getFileName().toString();
        Path whole = folder.resolve(file.substring(0, file.length() - INDEX_SUFFIX.length()));
        return access.exists(whole)
                ? whole.getFileName()
                        + " beside it is read only if there is no index: remove the one that is not wanted"
                : "is the download complete?";
    }

    private static <F> void requireTensor(ShardIndex index, List<F> files, String tensor, String name,
            Access<F> access) {
        for (F file : files) {
            if (access.tensors(file).contains(tensor)) return;
        }
        throw new SafetensorsException(index.path(), SafetensorsException.NO_OFFSET,
                "the index puts tensor " + Names.quoted(tensor) + " into " + Names.quoted(name) + ", which lacks it");
    }
}
