package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/**
 * Writes a checkpoint into a folder as {@code STEM.safetensors}, or, if that would be too large, as shards
 * {@code STEM-00001-of-00003.safetensors}, … with {@code STEM.safetensors.index.json}. Tensors are streamed as by
 * {@link SafetensorsWriter}; one shard is open at a time. Without {@link #commit()} nothing remains in the folder.
 */
public final class ShardedSafetensorsWriter implements AutoCloseable {
    /** As the Hugging Face libraries write by default. */
    public static final long DEFAULT_SHARD_BYTES = 5_000_000_000L;

    private final Path folder;
    private final ShardPlan plan;
    private final List<Path> finished = new ArrayList<>();
    private SafetensorsWriter writer;
    private boolean committed;

    private ShardedSafetensorsWriter(Path folder, ShardPlan plan) {
        this.folder = folder;
        this.plan = plan;
        this.writer = openShard();
    }

    /**
     * Starts a checkpoint; {@code tensors} is the order in which {@link #write} will be called.
     *
     * @param folder exists already
     * @param stem of the files' names, as {@code diffusion_pytorch_model}
     * @param tensors all that the files will hold
     * @param metadata texts by key, of each file
     * @param maxShardBytes of tensor data in a file, unless one tensor alone is larger
     * @return to be committed, and closed in any case
     * @throws IllegalArgumentException if a name occurs twice
     * @throws InputException if the folder does not exist or cannot be written to
     */
    public static ShardedSafetensorsWriter create(Path folder, String stem, List<TensorSpec> tensors,
            Map<String, String> metadata, long maxShardBytes) {
        return create(folder, ShardPlan.of(stem, tensors, metadata, maxShardBytes));
    }

    /**
     * The same, of files that are planned.
     *
     * @param folder exists already
     * @param plan of the files
     * @return to be committed, and closed in any case
     * @throws InputException if the folder does not exist or cannot be written to
     */
    public static ShardedSafetensorsWriter create(Path folder, ShardPlan plan) {
        if (!Files.isDirectory(folder)) throw new InputException("cannot write to " + folder + ": it is not a folder");
        return new ShardedSafetensorsWriter(folder, plan);
    }

    private SafetensorsWriter openShard() {
        return SafetensorsWriter.create(shardPath(), plan.shards().get(finished.size()), plan.metadata());
    }

    private Path shardPath() {
        return folder.resolve(plan.fileName(finished.size()));
    }

    private boolean isLastShard() {
        return finished.size() == plan.shards().size() - 1;
    }

    /**
     * Writes the next bytes of a tensor, in the way of {@link SafetensorsWriter#write}.
     *
     * @param name of the tensor whose turn it is
     * @param part little-endian elements, as they will lie in the file
     * @throws IllegalArgumentException if it is another tensor's turn, or the part is longer than what the tensor still lacks
     * @throws InputException if a file cannot be written, for want of space for example
     */
    public void write(String name, MemorySegment part) {
        while (part.byteSize() > 0 && writer.isComplete() && !isLastShard()) {
            nextShard();
        }
        if (part.byteSize() > 0 || !plan.contains(name)) writer.write(name, part);
    }

    private void nextShard() {
        finishShard();
        writer = openShard();
    }

    private void finishShard() {
        writer.commit();
        finished.add(shardPath());
    }

    /**
     * Finishes the last shard and writes the index.
     *
     * @throws IllegalStateException if a tensor is not complete
     * @throws InputException if a file cannot be written
     */
    public void commit() {
        while (!isLastShard()) {
            nextShard();
        }
        finishShard();
        plan.index().ifPresent(index -> StagedPath.write(folder.resolve(plan.indexName()), index));
        committed = true;
    }

    /** Removes what was written, unless it was committed. */
    @Override
    public void close() {
        writer.close();
        if (committed) return;
        for (Path file : finished) {
            try {
                Files.deleteIfExists(file);
            } catch (IOException e) {
                throw new InputException("cannot remove " + file + ": " + Reasons.of(e), e);
            }
        }
        finished.clear();
    }
}
