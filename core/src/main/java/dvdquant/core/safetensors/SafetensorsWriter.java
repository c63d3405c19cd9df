package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Map;

/**
 * Writes one safetensors file in a single pass: the header first, from what is known of the tensors, then their data as it comes.
 * The file appears at its place on {@link #commit()} only; until then, and after {@link #close()} without it, there is nothing.
 */
public final class SafetensorsWriter implements AutoCloseable {
    // Bounds the buffer that NIO keeps a thread for data on the heap.
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path target;
    private final List<TensorSpec> specs;
    private final FileLayout layout;
    private final StagedPath staged;
    private final FileChannel channel;
    private final Flush flush;
    private final ByteBuffer chunk = ByteBuffer.allocateDirect(CHUNK_BYTES);
    private int current;
    private long written;

    private SafetensorsWriter(Path target, List<TensorSpec> specs, FileLayout layout) {
        this.target = target;
        this.specs = specs;
        this.layout = layout;
        this.staged = StagedPath.beside(target);
        try {
            this.channel = FileChannel.open(staged.path(), StandardOpenOption.WRITE, StandardOpenOption.CREATE,
                    StandardOpenOption.TRUNCATE_EXISTING);
        } catch (IOException e) {
            staged.close();
            throw failure(e);
        }
        this.flush = new Flush(channel::force);
    }

    /**
     * Starts a file; {@code tensors} is the order in which {@link #write} will be called.
     *
     * @param target the file, which appears when it is committed
     * @param tensors all that it will hold
     * @param metadata texts by key
     * @return to be committed, and closed in any case
     * @throws IllegalArgumentException if a name occurs twice
     * @throws InputException if the file cannot be written
     */
    public static SafetensorsWriter create(Path target, List<TensorSpec> tensors, Map<String, String> metadata) {
        var writer = new SafetensorsWriter(target, List.copyOf(tensors), FileLayout.of(tensors, metadata));
        try {
            writer.put(MemorySegment.ofArray(writer.layout.header()), 0);
            writer.skipComplete();
            return writer;
        } catch (RuntimeException | Error e) {
            writer.close();
            throw e;
        }
    }

    /**
     * Writes the next bytes of a tensor: all of them, or a part, and then the next part by the next call. Tensors are written in the
     * order of the specs, each complete before the next; one without elements needs no call.
     *
     * @param name of the tensor whose turn it is
     * @param part little-endian elements, as they will lie in the file
     * @throws IllegalArgumentException if it is another tensor's turn, or the part is longer than what the tensor still lacks
     * @throws InputException if the file cannot be written, for want of space for example
     */
    public void write(String name, MemorySegment part) {
        if (part.byteSize() == 0 && specs.stream().anyMatch(spec -> spec.name().equals(name))) return;
        if (isComplete()) {
            throw new IllegalArgumentException("tensor " + Names.quoted(name) + " after the last of " + target);
        }
        TensorSpec spec = specs.get(current);
        if (!spec.name().equals(name)) {
            throw new IllegalArgumentException(
                    "tensor " + Names.quoted(name) + " where " + progress() + " is to be written");
        }
        if (part.byteSize() > spec.sizeBytes() - written) {
            throw new IllegalArgumentException(part.byteSize() + " more bytes for " + progress());
        }
        put(part, layout.begins()[current] + written);
        flush.written(part.byteSize());
        written += part.byteSize();
        skipComplete();
    }

    private void skipComplete() {
        while (!isComplete() && written == specs.get(current).sizeBytes()) {
            current++;
            written = 0;
        }
    }

    private String progress() {
        TensorSpec spec = specs.get(current);
        return "tensor " + Names.quoted(spec.name()) + " of " + target + ", with " + written + " of " + spec.sizeBytes()
                + " bytes,";
    }

    private void put(MemorySegment bytes, long position) {
        try {
            for (long done = 0; done < bytes.byteSize();) {
                int length = (int) Math.min(CHUNK_BYTES, bytes.byteSize() - done);
                ByteBuffer direct = direct(bytes.asSlice(done, length));
                while (direct.hasRemaining()) {
                    done += channel.write(direct, position + done);
                }
            }
        } catch (IOException e) {
            throw failure(e);
        }
    }

    private ByteBuffer direct(MemorySegment bytes) {
        if (bytes.isNative()) return bytes.asByteBuffer();
        chunk.clear().limit((int) bytes.byteSize());
        MemorySegment.ofBuffer(chunk).copyFrom(bytes);
        return chunk;
    }

    /** Whether every tensor is written. */
    boolean isComplete() {
        return current == specs.size();
    }

    /**
     * Puts the file in its place, where it replaces an older one.
     *
     * @throws IllegalStateException if a tensor is not complete
     * @throws InputException if the file cannot be written
     */
    public void commit() {
        if (!isComplete()) throw new IllegalStateException(progress() + " is not complete");
        try {
            flush.finish();
            channel.close();
        } catch (IOException e) {
            throw failure(e);
        }
        staged.commit();
    }

    private InputException failure(IOException e) {
        return new InputException("cannot write " + target + ": " + Reasons.of(e), e);
    }

    /** Removes what was written, unless it was committed. */
    @Override
    public void close() {
        try (staged) {
            channel.close();
        } catch (IOException e) {
            throw failure(e);
        }
    }
}
