package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class SafetensorsWriterTest {
    private static final TensorSpec BYTES = new TensorSpec("bytes", ElementType.U8, Shape.of(3));
    private static final TensorSpec FLOATS = new TensorSpec("floats", ElementType.F32, Shape.of(2, 1));
    private static final TensorSpec EMPTY = new TensorSpec("empty", ElementType.I64, Shape.of(0, 9));

    @TempDir
    Path folder;

    static LongStream seeds() {
        return Seeds.of(50);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readsBackWhatWasWritten(long seed) {
        var contents = new RandomContents(seed);
        Path path = folder.resolve("model.safetensors");
        try (var writer = SafetensorsWriter.create(path, contents.specs(), contents.metadata())) {
            contents.writeInParts(writer::write);
            writer.commit();
        }
        try (var file = SafetensorsFile.open(path)) {
            assertThat(file.metadata()).isEqualTo(contents.metadata());
            contents.assertSame(file.tensors());
            for (StoredTensor tensor : file.tensors().values()) {
                assertThat(tensor.data().address() % tensor.type().sizeBytes()).as(tensor.name()).isZero();
            }
        }
    }

    @Test
    void acceptsAnyHeapArrayAndPartsOfATensor() {
        Path path = folder.resolve("model.safetensors");
        try (var writer = SafetensorsWriter.create(path, List.of(EMPTY, BYTES, FLOATS), Map.of())) {
            writer.write("bytes", MemorySegment.ofArray(new byte[]{1, 2}));
            writer.write("bytes", MemorySegment.ofArray(new byte[]{3}));
            writer.write("empty", MemorySegment.ofArray(new byte[0]));
            writer.write("floats", MemorySegment.ofArray(new float[]{1.5f, -2}));
            writer.commit();
        }
        try (var file = SafetensorsFile.open(path)) {
            assertThat(file.tensor("bytes").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3);
            assertThat(file.tensor("floats").data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED)).containsExactly(1.5f,
                    -2);
        }
    }

    @Test
    void equalContentsGiveEqualBytes() throws IOException {
        for (String name : List.of("1", "2")) {
            var contents = new RandomContents(5);
            try (var writer = SafetensorsWriter.create(folder.resolve(name), contents.specs(), contents.metadata())) {
                contents.writeInParts(writer::write);
                writer.commit();
            }
        }
        assertThat(Files.mismatch(folder.resolve("1"), folder.resolve("2"))).isEqualTo(-1);
    }

    @Test
    void leavesNothingWithoutCommit() {
        try (var writer = SafetensorsWriter.create(folder.resolve("a"), List.of(BYTES), Map.of())) {
            writer.write("bytes", MemorySegment.ofArray(new byte[2]));
            assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class)
                    .hasMessageContaining("with 2 of 3 bytes");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesTheWrongTensorOrSize() {
        try (var writer = SafetensorsWriter.create(folder.resolve("a"), List.of(BYTES, FLOATS), Map.of())) {
            assertRefused(() -> writer.write("floats", MemorySegment.ofArray(new float[2])),
                    "'floats' where tensor 'bytes'");
            assertRefused(() -> writer.write("none", MemorySegment.ofArray(new byte[0])), "'none'");
            assertRefused(() -> writer.write("bytes", MemorySegment.ofArray(new byte[4])),
                    "4 more bytes for tensor 'bytes'");
            writer.write("bytes", MemorySegment.ofArray(new byte[3]));
            assertRefused(() -> writer.write("bytes", MemorySegment.ofArray(new byte[1])), "where tensor 'floats'");
            writer.write("floats", MemorySegment.ofArray(new byte[8]));
            assertRefused(() -> writer.write("floats", MemorySegment.ofArray(new byte[1])), "after the last");
        }
        assertRefused(() -> SafetensorsWriter.create(folder.resolve("a"), List.of(BYTES, BYTES), Map.of()).close(),
                "'bytes' twice");
        assertRefused(() -> new TensorSpec("__metadata__", ElementType.U8, Shape.of()), "__metadata__");
        assertRefused(() -> new TensorSpec("\ud83d", ElementType.U8, Shape.of()), "surrogate");
        assertThat(folder).isEmptyDirectory();
    }

    private static void assertRefused(Runnable action, String reason) {
        assertThatThrownBy(action::run).isInstanceOf(IllegalArgumentException.class).hasMessageContaining(reason);
    }

    @Test
    void saysWhyItCannotWrite() throws IOException {
        Path blocked = Files.writeString(folder.resolve("file"), "x").resolve("a.safetensors");
        assertThatThrownBy(() -> SafetensorsWriter.create(blocked, List.of(BYTES), Map.of()).close())
                .isInstanceOf(InputException.class)
                .hasMessageContaining("file");
    }
}
