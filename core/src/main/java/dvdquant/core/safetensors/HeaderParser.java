package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import tools.jackson.core.JsonToken;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** Reads the header of a file that is in memory or mapped, and believes none of it. */
final class HeaderParser {
    // Far above any model; they bound the heap that a hostile header can make us use.
    private static final int MAX_TENSORS = 2_000_000;
    private static final int MAX_METADATA = 100_000;
    private static final int MAX_RANK = 64;
    private static final ValueLayout.OfLong LENGTH = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final JsonSource json;
    private final List<TensorEntry> entries = new ArrayList<>();
    private final SortedMap<String, String> metadata = new TreeMap<>();

    private HeaderParser(JsonSource json) {
        this.json = json;
    }

    /**
     * @param file for messages and for {@link StoredTensor#file()}
     * @param bytes the whole file; the tensors are slices of it
     * @throws SafetensorsException if anything is not as the format demands
     */
    static Header parse(Path file, MemorySegment bytes) {
        long dataStart = dataStart(file, bytes, bytes.byteSize());
        HeaderParser parser = parsed(file, bytes.asSlice(Header.LENGTH_BYTES, dataStart - Header.LENGTH_BYTES)
                .toArray(ValueLayout.JAVA_BYTE));
        var tensors = DataLayout.place(file, bytes, dataStart, parser.entries);
        return new Header(tensors, Collections.unmodifiableSortedMap(parser.metadata));
    }

    /**
     * The tensors of a file that is not mapped, in the order of their data.
     *
     * @param header what stands between the header's length and the data
     * @param fileSize of the whole file
     * @throws SafetensorsException as {@link #parse}
     */
    static List<TensorEntry> entries(Path file, byte[] header, long fileSize) {
        HeaderParser parser = parsed(file, header);
        DataLayout.check(file, fileSize, Header.LENGTH_BYTES + header.length, parser.entries);
        return parser.entries;
    }

    private static HeaderParser parsed(Path file, byte[] header) {
        if (header.length == 0 || header[0] != '{') {
            throw new SafetensorsException(file, Header.LENGTH_BYTES, "the header does not begin with '{' at byte 8");
        }
        try (var json = new JsonSource(file, "the header", header, Header.LENGTH_BYTES)) {
            var parser = new HeaderParser(json);
            parser.root();
            return parser;
        }
    }

    /**
     * Where the data begins.
     *
     * @param beginning of the file: at least the header's length, if the file has so many bytes
     * @param size of the whole file
     */
    static long dataStart(Path file, MemorySegment beginning, long size) {
        if (size < Header.LENGTH_BYTES) {
            throw new SafetensorsException(file, 0,
                    "the file ends at byte " + size
                            + ", inside the 8-byte header length that a safetensors file begins with");
        }
        long length = beginning.get(LENGTH, 0);
        if (Long.compareUnsigned(length, Header.MAX_BYTES) > 0) {
            throw new SafetensorsException(file, 0, "the header length at byte 0 is " + Long.toUnsignedString(length)
                    + ", above the limit of " + Header.MAX_BYTES
                    + " bytes; this is not a safetensors file, or it is damaged");
        }
        if (length > size - Header.LENGTH_BYTES) {
            throw new SafetensorsException(file, 0, "the header ends at byte " + (Header.LENGTH_BYTES + length)
                    + ", past the end of the file (" + size + " bytes)");
        }
        return Header.LENGTH_BYTES + length;
    }

    private void root() {
        json.expect(JsonToken.START_OBJECT, "a JSON object");
        while (json.next() == JsonToken.PROPERTY_NAME) {
            String name = json.text();
            if (name.equals(Header.METADATA)) {
                metadata();
            } else {
                if (entries.size() == MAX_TENSORS) throw json.failure("has over " + MAX_TENSORS + " tensors");
                json.enter("tensor", name);
                entries.add(entry(name));
                json.leave();
            }
        }
        if (json.next() != null) throw json.unexpected("nothing after its JSON object");
    }

    private void metadata() {
        json.expect(JsonToken.START_OBJECT, "an object of texts for __metadata__");
        while (json.next() == JsonToken.PROPERTY_NAME) {
            String key = json.text();
            if (metadata.size() == MAX_METADATA) {
                throw json.failure("has more than " + MAX_METADATA + " entries in __metadata__");
            }
            json.enter(Header.METADATA, key);
            metadata.put(key, json.string("a text"));
            json.leave();
        }
    }

    private TensorEntry entry(String name) {
        json.expect(JsonToken.START_OBJECT, "an object");
        ElementType type = null;
        Shape shape = null;
        long[] offsets = null;
        while (json.next() == JsonToken.PROPERTY_NAME) {
            switch (json.text()) {
                case "dtype" -> type = type();
                case "shape" -> shape = shape();
                case "data_offsets" -> offsets = counts(2, "data_offsets of two non-negative integers");
                case String key -> throw json.failure("has the unknown key " + Names.quoted(key));
            }
        }
        if (type == null) throw json.failure("has no dtype");
        if (shape == null) throw json.failure("has no shape");
        if (offsets == null || offsets.length != 2) throw json.failure("does not have two data_offsets");
        return new TensorEntry(name, type, shape, offsets[0], offsets[1]);
    }

    private ElementType type() {
        String name = json.string("a dtype");
        return ElementType.named(name).orElseThrow(() -> json.failure("has dtype " + Names.quoted(name)
                + ", expected one of " + Arrays.toString(ElementType.values())));
    }

    private Shape shape() {
        long[] dims = counts(MAX_RANK, "a shape of at most " + MAX_RANK + " non-negative integers");
        try {
            return Shape.of(dims);
        } catch (ArithmeticException e) {
            throw json.failure("has more than 2^63 elements, by its shape " + Arrays.toString(dims));
        }
    }

    private long[] counts(int limit, String what) {
        json.expect(JsonToken.START_ARRAY, what);
        var counts = new long[Math.min(limit, 8)];
        int length = 0;
        while (json.next() != JsonToken.END_ARRAY) {
            if (length == limit) throw json.unexpected(what);
            if (length == counts.length) counts = Arrays.copyOf(counts, limit);
            counts[length++] = json.count(what);
        }
        return Arrays.copyOf(counts, length);
    }
}
