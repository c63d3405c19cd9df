package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SafetensorsFileTest {
    @TempDir
    Path folder;

    private Path file(String header, int dataBytes) {
        return RawFile.write(folder.resolve("model.safetensors"), RawFile.of(header, dataBytes));
    }

    @Test
    void readsTensorsWhereTheyLie() {
        Path path = file(
                "{" + RawFile.entry("b", "F32", "[1]", 1, 5) + "," + RawFile.entry("a", "U8", "[]", 0, 1) + "}  ", 5);
        try (var file = SafetensorsFile.open(path)) {
            assertThat(file.path()).isEqualTo(path);
            assertThat(file.tensors().keySet()).containsExactly("a", "b");
            assertThat(file.metadata()).isEmpty();
            StoredTensor b = file.tensor("b");
            assertThat(b.type()).isEqualTo(ElementType.F32);
            assertThat(b.shape()).isEqualTo(Shape.of(1));
            assertThat(b.file()).isEqualTo(path);
            var floats = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
            assertThat(b.data().get(floats, 0)).isEqualTo(0x05040302);
            assertThat(b.data().isReadOnly()).isTrue();
            assertThat(file.tensor("a").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1);
            assertThatThrownBy(() -> file.tensor("c")).isInstanceOf(SafetensorsException.class)
                    .hasMessage(path + ": has no tensor 'c'");
        }
    }

    @Test
    void readsMetadataEmptyTensorsAndEscapedNames() {
        String header = "{\"__metadata__\":{\"b\":\"ü\",\"a\":\"\"},"
                + RawFile.entry("\\u00e4\\ud83d\\ude00", "F16", "[0,3]", 0, 0) + ","
                + RawFile.entry("", "I64", "[1,1]", 0, 8) + "," + RawFile.entry("end", "BOOL", "[0]", 8, 8) + "}";
        try (var file = SafetensorsFile.open(file(header, 8))) {
            assertThat(file.metadata()).containsEntry("b", "ü").containsEntry("a", "").hasSize(2);
            assertThat(file.tensors().keySet()).containsExactly("ä😀", "", "end");
            assertThat(file.tensor("end").data().byteSize()).isZero();
        }
    }

    @Test
    void readsAFileWithoutTensors() {
        try (var file = SafetensorsFile.open(file("{}", 0))) {
            assertThat(file.tensors()).isEmpty();
        }
    }

    @Test
    void readsBeyondFourGigabytes() throws IOException {
        long far = 5_000_000_001L;
        String header = "{" + RawFile.entry("far", "U8", "[3]", far, far + 3) + ","
                + RawFile.entry("near", "U8", "[" + far + "]", 0, far) + "}";
        Path path = folder.resolve("large.safetensors");
        try (var sparse = new RandomAccessFile(path.toFile(), "rw")) {
            sparse.write(RawFile.of(header, 0));
            long start = sparse.length();
            sparse.setLength(start + far);
            sparse.seek(start + far);
            sparse.write(new byte[]{7, 8, 9});
        }
        try (var file = SafetensorsFile.open(path)) {
            assertThat(file.tensor("far").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(7, 8, 9);
            MemorySegment near = file.tensor("near").data();
            assertThat(near.byteSize()).isEqualTo(far);
            assertThat(near.get(ValueLayout.JAVA_BYTE, far - 1)).isZero();
        }
    }

    @Test
    void dataCannotBeReadAfterClose() {
        StoredTensor tensor;
        try (var file = SafetensorsFile.open(file("{" + RawFile.entry("a", "U8", "[1]", 0, 1) + "}", 1))) {
            tensor = file.tensor("a");
        }
        assertThatThrownBy(() -> tensor.data().get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
    }

    @Test
    void saysWhyThereIsNothingToRead() throws IOException {
        assertThatThrownBy(() -> SafetensorsFile.open(folder)).isInstanceOf(SafetensorsException.class)
                .hasMessage(folder + ": is a folder, expected a file");
        Path missing = folder.resolve("none.safetensors");
        assertThatThrownBy(() -> SafetensorsFile.open(missing)).isInstanceOf(SafetensorsException.class)
                .hasMessage(missing + ": cannot be read: no such file or folder");
        Path empty = Files.createFile(folder.resolve("empty.safetensors"));
        assertThatThrownBy(() -> SafetensorsFile.open(empty)).isInstanceOf(SafetensorsException.class)
                .hasMessageContaining("the file ends at byte 0");
        Path device = Path.of("/dev/null");
        if (Files.exists(device)) {
            assertThatThrownBy(() -> SafetensorsFile.open(device)).hasMessage("/dev/null: is not a regular file");
        }
    }

    @Test
    void opensAHeaderOfAMillionTensors() {
        var header = new StringBuilder("{");
        for (int i = 0; i < 1_000_000; i++) {
            header.append(i == 0 ? "" : ",").append("\"t").append(i)
                    .append("\":{\"dtype\":\"U8\",\"shape\":[0],\"data_offsets\":[0,0]}");
        }
        byte[] bytes = RawFile.of(header.append('}').toString(), 0);
        Header parsed = HeaderParser.parse(Path.of("x"), MemorySegment.ofArray(bytes));
        assertThat(parsed.tensors()).hasSize(1_000_000);
    }

    @Test
    void opensTheHeaderOfAModelQuickly() {
        var header = new StringBuilder("{");
        for (int i = 0; i < 3000; i++) {
            header.append(i == 0 ? "" : ",")
                    .append(RawFile.entry("blocks." + i + ".attn1.to_q.weight", "BF16", "[4,8]", 64L * i,
                            64L * i + 64));
        }
        byte[] bytes = RawFile.of(header.append('}').toString(), 64 * 3000);
        assertThat(HeaderParser.parse(Path.of("x"), MemorySegment.ofArray(bytes)).tensors()).hasSize(3000);
    }

    @Test
    void survivesHeadersMadeToExhaustMemoryOrStack() {
        assertRefused("{\"a\":" + "[".repeat(50_000_000));
        assertRefused("{" + "\"a\":{".repeat(10_000_000));
        assertRefused("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + "9".repeat(50_000_000) + "],\"data_offsets\":[0,0]}}");
        assertRefused("{\"a\":{\"dtype\":\"U8\",\"shape\":[" + "0,".repeat(20_000_000) + "0],\"data_offsets\":[0,0]}}");
        assertRefused("{\"" + "a".repeat(50_000_000) + "\":{}}");
        assertRefused("{\"__metadata__\":{\"a\":\"" + "b".repeat(50_000_000) + "\"}}");
        assertRefused("{" + " ".repeat(50_000_000));
    }

    private static void assertRefused(String header) {
        byte[] bytes = RawFile.of(header.getBytes(StandardCharsets.US_ASCII), 0);
        assertThatThrownBy(() -> HeaderParser.parse(Path.of("x"), MemorySegment.ofArray(bytes)))
                .isInstanceOf(SafetensorsException.class)
                .message().hasSizeLessThan(700);
    }

    @Test
    void readsTheLengthAsUnsigned() {
        byte[] bytes = ByteBuffer.allocate(16).order(ByteOrder.LITTLE_ENDIAN).putLong(-1L).array();
        assertThatThrownBy(() -> HeaderParser.parse(Path.of("x"), MemorySegment.ofArray(bytes)))
                .hasMessageContaining("18446744073709551615, above the limit of 100000000");
    }
}
