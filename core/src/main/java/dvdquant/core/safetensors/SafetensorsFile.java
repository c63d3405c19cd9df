package dvdquant.core.safetensors;

import dvdquant.core.io.GitLfs;
import dvdquant.core.io.Reasons;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.channels.FileChannel;
import java.nio.channels.FileChannel.MapMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.SequencedMap;
import java.util.SortedMap;

/**
 * A safetensors file, mapped into memory: opening reads the header only, and tensors of any size are read where they lie. Safe for
 * use by several threads. A file that is shortened by someone else while it is open cannot be read safely.
 *
 * @see <a href="https://github.com/huggingface/safetensors#format">the format</a>
 */
public final class SafetensorsFile implements AutoCloseable {
    private final Path path;
    private final Arena arena;
    private final Header header;

    private SafetensorsFile(Path path, Arena arena, Header header) {
        this.path = path;
        this.arena = arena;
        this.header = header;
    }

    /**
     * Maps a file and checks all that its header claims.
     *
     * @param path of a regular file
     * @return mapped, to be closed by the caller
     * @throws SafetensorsException if it cannot be read or breaks a rule of the format; the message names the file and the byte
     */
    public static SafetensorsFile open(Path path) {
        requireFile(path);
        Arena arena = Arena.ofShared();
        try (var channel = FileChannel.open(path, StandardOpenOption.READ)) {
            MemorySegment bytes = channel.map(MapMode.READ_ONLY, 0, channel.size(), arena);
            return new SafetensorsFile(path, arena, HeaderParser.parse(path, bytes));
        } catch (IOException e) {
            arena.close();
            throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, "cannot be read: " + Reasons.of(e), e);
        } catch (RuntimeException | Error e) {
            arena.close();
            throw e;
        }
    }

    /** A folder could be opened but not read, and a pipe would wait for ever. */
    static void requireFile(Path path) {
        if (GitLfs.isPointer(path)) {
            throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, GitLfs.REASON);
        }
        if (Files.isRegularFile(path)) return;
        String reason = Files.isDirectory(path)
                ? "is a folder, expected a file"
                : Files.exists(path) ? "is not a regular file" : "cannot be read: no such file or folder";
        throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, reason);
    }

    /**
     * By name, in the order of their data in the file; unmodifiable.
     *
     * @return all of them
     */
    public SequencedMap<String, StoredTensor> tensors() {
        return header.tensors();
    }

    /**
     * A tensor by its name.
     *
     * @param name as the file calls it
     * @return the tensor
     * @throws SafetensorsException if there is none of that name
     */
    public StoredTensor tensor(String name) {
        StoredTensor tensor = header.tensors().get(name);
        if (tensor != null) return tensor;
        throw new SafetensorsException(path, SafetensorsException.NO_OFFSET, "has no tensor " + Names.quoted(name));
    }

    /**
     * The texts under {@code __metadata__}, sorted by key; unmodifiable, empty if there are none.
     *
     * @return all of them
     */
    public SortedMap<String, String> metadata() {
        return header.metadata();
    }

    /**
     * The file that is mapped.
     *
     * @return as it was given
     */
    public Path path() {
        return path;
    }

    /** Unmaps the file; its tensors' data cannot be read any more. */
    @Override
    public void close() {
        arena.close();
    }
}
