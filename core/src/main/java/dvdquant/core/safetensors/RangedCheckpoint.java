package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SequencedMap;
import java.util.Set;

/**
 * The weights of one component of a model whose files cannot be mapped, those of an object store or of a cluster's disks: headers are read when
 * it is opened, a tensor when it is needed, and all else never. The same layouts and checks as of {@link Checkpoint}. Safe for use by several
 * threads.
 */
public final class RangedCheckpoint implements TensorSource {
    /** Files that are read by ranges, by the names that messages have for them. Safe for use by several threads. */
    public interface RangedFiles {
        /**
         * How long a file is.
         *
         * @param file by its name
         * @return bytes; empty if there is no such file
         * @throws java.io.UncheckedIOException if that cannot be told
         */
        OptionalLong size(Path file);

        /**
         * Reads a range.
         *
         * @param file by its name
         * @param position of its first byte
         * @param into to be filled wholly
         * @throws java.io.UncheckedIOException if the file cannot be read, or ends before
         */
        void read(Path file, long position, byte[] into);
    }

    private record RangedFile(Path path, SequencedMap<String, RangedTensor> tensors) {}

    private record Access(RangedFiles files) implements CheckpointFiles.Access<RangedFile> {
        @Override
        public boolean exists(Path file) {
            return files.size(file).isPresent();
        }

        @Override
        public ShardIndex index(Path file) {
            long size = files.size(file).orElseThrow();
            ShardIndex.requireSize(file, size);
            return ShardIndex.parse(file, bytes(file, 0, size));
        }

        @Override
        public RangedFile open(Path file) {
            long size = files.size(file).orElseThrow();
            byte[] length = bytes(file, 0, Math.min(size, Header.LENGTH_BYTES));
            long dataStart = HeaderParser.dataStart(file, MemorySegment.ofArray(length), size);
            byte[] header = bytes(file, Header.LENGTH_BYTES, dataStart - Header.LENGTH_BYTES);
            var tensors = new LinkedHashMap<String, RangedTensor>();
            HeaderParser.entries(file, header, size)
                    .forEach(entry -> tensors.put(entry.name(), new RangedTensor(entry, file, dataStart, files)));
            return new RangedFile(file, tensors);
        }

        private byte[] bytes(Path file, long position, long length) {
            var bytes = new byte[Math.toIntExact(length)];
            files.read(file, position, bytes);
            return bytes;
        }

        @Override
        public Set<String> tensors(RangedFile file) {
            return file.tensors.keySet();
        }

        @Override
        public void close(RangedFile file) {
            // nothing is open between two reads
        }

        @Override
        public String missing(Path folder) {
            return "has no weights: looked for " + String.join(", ", CheckpointFiles.CANDIDATES);
        }
    }

    /** Its data is on the heap from the first use of it to {@link #release}. */
    private static final class RangedTensor implements SourceTensor {
        /** Of an array, which a few JVMs have a little shorter than their indices allow. */
        private static final long MOST_BYTES = Integer.MAX_VALUE - 8;

        private final TensorEntry entry;
        private final Path file;
        private final long dataStart;
        private final RangedFiles files;
        private StoredTensor fetched;

        RangedTensor(TensorEntry entry, Path file, long dataStart, RangedFiles files) {
            this.entry = entry;
            this.file = file;
            this.dataStart = dataStart;
            this.files = files;
        }

        private synchronized StoredTensor fetched() {
            if (fetched != null) return fetched;
            if (sizeBytes() > MOST_BYTES) {
                throw new SafetensorsException(file, dataStart + entry.begin(), entry + " has " + sizeBytes()
                        + " bytes, expected at most " + MOST_BYTES + " where files cannot be mapped");
            }
            var bytes = new byte[(int) sizeBytes()];
            files.read(file, dataStart + entry.begin(), bytes);
            fetched = new StoredTensor(name(), type(), shape(), MemorySegment.ofArray(bytes).asReadOnly(), file);
            return fetched;
        }

        @Override
        public String name() {
            return entry.name();
        }

        @Override
        public ElementType type() {
            return entry.type();
        }

        @Override
        public Shape shape() {
            return entry.shape();
        }

        @Override
        public Path file() {
            return file;
        }

        @Override
        public Optional<MemorySegment> raw() {
            return fetched().raw();
        }

        @Override
        public void read(long row, float[] into) {
            fetched().read(row, into);
        }

        @Override
        public synchronized void release() {
            fetched = null;
        }

        @Override
        public void prefetch() {
            fetched();
        }
    }

    private final Path folder;
    private final SequencedMap<String, RangedTensor> tensors;

    private RangedCheckpoint(Path folder, List<RangedFile> files) {
        this.folder = folder;
        var all = new LinkedHashMap<String, RangedTensor>();
        files.forEach(file -> all.putAll(file.tensors));
        this.tensors = Collections.unmodifiableSequencedMap(all);
    }

    /**
     * Opens the files that {@link Checkpoint#open} would, reading their headers.
     *
     * @param folder of the component, by the name that its files have it by
     * @param files where they are read
     * @return holds nothing open
     * @throws SafetensorsException if there is none, a file is malformed, or the index and its shards disagree
     */
    public static RangedCheckpoint open(Path folder, RangedFiles files) {
        return new RangedCheckpoint(folder, CheckpointFiles.open(folder, new Access(files)));
    }

    @Override
    public Path place() {
        return folder;
    }

    @Override
    public SequencedMap<String, ? extends SourceTensor> tensors() {
        return tensors;
    }

    /** Lets go of what was read. */
    @Override
    public void close() {
        tensors.values().forEach(RangedTensor::release);
    }
}
