package dvdquant.core.safetensors;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;

/** Where the tensors of a file lie: each within the file and of the size its shape asks for, without overlap and without holes. */
final class DataLayout {
    private final Path file;
    private final long dataStart;
    private final long fileSize;

    private DataLayout(Path file, long dataStart, long fileSize) {
        this.file = file;
        this.dataStart = dataStart;
        this.fileSize = fileSize;
    }

    /** Sorts {@code entries} by place. */
    static void check(Path file, long fileSize, long dataStart, List<TensorEntry> entries) {
        var layout = new DataLayout(file, dataStart, fileSize);
        entries.forEach(layout::check);
        // An empty tensor sits before the one that begins at the same byte.
        entries.sort(Comparator.comparingLong(TensorEntry::begin).thenComparingLong(TensorEntry::end));
        layout.checkCoverage(entries);
    }

    /** Slices {@code bytes}, the whole file; {@code entries} is sorted by place. */
    static SequencedMap<String, StoredTensor> place(Path file, MemorySegment bytes, long dataStart,
            List<TensorEntry> entries) {
        check(file, bytes.byteSize(), dataStart, entries);
        MemorySegment readOnly = bytes.asReadOnly();
        SequencedMap<String, StoredTensor> tensors = LinkedHashMap.newLinkedHashMap(entries.size());
        for (TensorEntry entry : entries) {
            MemorySegment data = readOnly.asSlice(dataStart + entry.begin(), entry.end() - entry.begin());
            tensors.put(entry.name(), new StoredTensor(entry.name(), entry.type(), entry.shape(), data, file));
        }
        return Collections.unmodifiableSequencedMap(tensors);
    }

    private void check(TensorEntry entry) {
        if (entry.begin() > entry.end()) {
            throw failure(entry.begin(),
                    entry + " begins at byte " + at(entry.begin()) + ", after its end at byte " + at(entry.end()));
        }
        if (entry.end() > fileSize - dataStart) {
            throw failure(entry.begin(), entry + " ends at byte " + at(entry.end()) + ", past the end of the file ("
                    + fileSize + " bytes)");
        }
        long found = entry.end() - entry.begin();
        long elements = entry.shape().elements();
        if (found % entry.type().sizeBytes() != 0 || found / entry.type().sizeBytes() != elements) {
            throw failure(entry.begin(),
                    entry + " has " + found + " bytes at byte " + at(entry.begin()) + ", expected " + elements
                            + " elements of " + entry.type().sizeBytes() + " bytes, by its shape " + entry.shape()
                            + " and dtype " + entry.type());
        }
    }

    private void checkCoverage(List<TensorEntry> sorted) {
        long covered = 0;
        for (TensorEntry entry : sorted) {
            if (entry.begin() < covered) {
                throw failure(entry.begin(), entry + " begins at byte " + at(entry.begin())
                        + ", inside another tensor, which ends at byte " + at(covered));
            }
            if (entry.begin() > covered) {
                throw failure(covered,
                        entry + " begins at byte " + at(entry.begin()) + ", expected byte " + at(covered)
                                + ": the bytes between belong to no tensor");
            }
            covered = entry.end();
        }
        if (dataStart + covered != fileSize) {
            throw failure(covered, "the last tensor ends at byte " + at(covered) + ", expected the end of the file ("
                    + fileSize + " bytes)");
        }
    }

    /** A byte of the file, for a message; the sum can pass 2⁶³ but not 2⁶⁴. */
    private String at(long dataOffset) {
        return Long.toUnsignedString(dataStart + dataOffset);
    }

    private SafetensorsException failure(long dataOffset, String reason) {
        return new SafetensorsException(file, Math.max(SafetensorsException.NO_OFFSET, dataStart + dataOffset), reason);
    }
}
