package dvdquant.core.safetensors;

import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

import java.lang.foreign.ValueLayout;
import java.math.BigInteger;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/** A second, plain reading of the format, for files that the parser accepted: that it read them right, and that it was right to. */
final class IndependentCheck {
    private static final JsonMapper MAPPER = new JsonMapper();
    private static final Map<String, Integer> SIZES = Map.of("BOOL", 1, "U8", 1, "I8", 1, "F8_E4M3", 1, "F16", 2,
            "BF16", 2, "I32", 4, "F32", 4,
            "I64", 8, "F64", 8);

    private IndependentCheck() {}

    static void assertConsistent(byte[] file, Map<String, StoredTensor> tensors, Map<String, String> metadata) {
        long length = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        check(length > 0 && length <= file.length - 8, "length");
        int start = 8 + (int) length;
        var spans = new TreeMap<Long, Long>();
        int found = 0;
        int texts = 0;
        for (Map.Entry<String, JsonNode> property : MAPPER.readTree(file, 8, (int) length).properties()) {
            if (property.getKey().equals("__metadata__")) {
                for (Map.Entry<String, JsonNode> text : property.getValue().properties()) {
                    check(text.getValue().isString()
                            && text.getValue().stringValue().equals(metadata.get(text.getKey())), "metadata");
                    texts++;
                }
                continue;
            }
            found++;
            StoredTensor tensor = tensors.get(property.getKey());
            check(tensor != null, "missing " + property.getKey());
            checkTensor(file, start, property.getValue(), tensor, spans);
        }
        check(found == tensors.size() && texts == metadata.size(), "count");
        long end = 0;
        for (Map.Entry<Long, Long> span : spans.entrySet()) {
            check(span.getKey() == end, "hole or overlap at " + end);
            end = span.getValue();
        }
        check(start + end == file.length, "end");
    }

    private static void checkTensor(byte[] file, int start, JsonNode node, StoredTensor tensor, Map<Long, Long> spans) {
        check(node.size() == 3, "keys");
        BigInteger bytes = BigInteger.valueOf(SIZES.get(node.get("dtype").stringValue()));
        check(node.get("dtype").stringValue().equals(tensor.type().name()), "dtype");
        check(node.get("shape").isArray() && node.get("shape").size() == tensor.shape().rank(), "rank");
        for (int axis = 0; axis < tensor.shape().rank(); axis++) {
            JsonNode dim = node.get("shape").get(axis);
            check(dim.isIntegralNumber() && dim.longValue() == tensor.shape().dims()[axis], "shape");
            bytes = bytes.multiply(dim.bigIntegerValue());
        }
        JsonNode offsets = node.get("data_offsets");
        check(offsets.size() == 2 && offsets.get(0).isIntegralNumber() && offsets.get(1).isIntegralNumber(), "offsets");
        long begin = offsets.get(0).longValue();
        long end = offsets.get(1).longValue();
        check(begin >= 0 && begin <= end && end <= file.length - start, "bounds");
        check(bytes.equals(BigInteger.valueOf(end - begin)), "size");
        byte[] expected = Arrays.copyOfRange(file, start + (int) begin, start + (int) end);
        check(Arrays.equals(tensor.data().toArray(ValueLayout.JAVA_BYTE), expected), "data");
        check(end == begin || spans.put(begin, end) == null, "two at " + begin);
    }

    private static void check(boolean holds, String what) {
        if (!holds) throw new AssertionError("accepted, but wrong: " + what);
    }
}
