package dvdquant.core.safetensors;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file to be written: its first bytes and the place of each tensor.
 *
 * @param header with the length in front and padding behind
 * @param begins in the order of the specs, bytes from the start of the file
 */
record FileLayout(byte[] header, long[] begins) {
    private static final int ALIGNMENT = 8;
    private static final JsonFactory FACTORY = new JsonFactory();

    /**
     * Wide elements come first, so that each tensor is aligned to its elements; PyTorch's reader needs that. Equal input gives equal
     * bytes.
     *
     * @throws IllegalArgumentException if a name occurs twice or the header is longer than a reader allows
     */
    static FileLayout of(List<TensorSpec> specs, Map<String, String> metadata) {
        TensorSpec.requireDistinct(specs);
        List<Integer> order = new ArrayList<>();
        for (int i = 0; i < specs.size(); i++) {
            order.add(i);
        }
        order.sort(Comparator.comparing(i -> -specs.get(i).type().sizeBytes()));
        var begins = new long[specs.size()];
        long end = 0;
        for (int i : order) {
            begins[i] = end;
            end = Math.addExact(end, specs.get(i).sizeBytes());
        }
        byte[] header = header(specs, order, begins, metadata);
        return new FileLayout(header, Arrays.stream(begins).map(begin -> header.length + begin).toArray());
    }

    private static byte[] header(List<TensorSpec> specs, List<Integer> order, long[] begins,
            Map<String, String> metadata) {
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = FACTORY.createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            if (!metadata.isEmpty()) {
                json.writeName(Header.METADATA).writeStartObject();
                new TreeMap<>(metadata).forEach(json::writeStringProperty);
                json.writeEndObject();
            }
            for (int i : order) {
                writeEntry(json, specs.get(i), begins[i]);
            }
            json.writeEndObject();
        }
        int padded = Math.ceilDiv(bytes.size(), ALIGNMENT) * ALIGNMENT;
        if (padded > Header.MAX_BYTES) {
            throw new IllegalArgumentException(
                    "a header of " + padded + " bytes is above the limit of " + Header.MAX_BYTES);
        }
        byte[] header = new byte[Header.LENGTH_BYTES + padded];
        ByteBuffer.wrap(header).order(ByteOrder.LITTLE_ENDIAN).putLong(padded).put(bytes.toByteArray());
        Arrays.fill(header, Header.LENGTH_BYTES + bytes.size(), header.length, (byte) ' ');
        return header;
    }

    private static void writeEntry(JsonGenerator json, TensorSpec spec, long begin) {
        json.writeName(spec.name()).writeStartObject();
        json.writeStringProperty("dtype", spec.type().name());
        json.writeName("shape").writeStartArray();
        for (long dim : spec.shape().dims()) {
            json.writeNumber(dim);
        }
        json.writeEndArray();
        json.writeName("data_offsets").writeStartArray();
        json.writeNumber(begin).writeNumber(begin + spec.sizeBytes());
        json.writeEndArray().writeEndObject();
    }
}
