package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.File;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ShardedSafetensorsWriterTest {
    @TempDir
    Path folder;

    private static List<TensorSpec> bytes(int... sizes) {
        return IntStream.range(0, sizes.length)
                .mapToObj(i -> new TensorSpec("t" + i, ElementType.U8, Shape.of(sizes[i]))).toList();
    }

    private void write(List<TensorSpec> specs, long limit) {
        try (var writer = ShardedSafetensorsWriter.create(folder, "model", specs, Map.of("format", "pt"), limit)) {
            for (TensorSpec spec : specs) {
                writer.write(spec.name(),
                        MemorySegment.ofArray(new byte[(int) spec.sizeBytes()]).fill((byte) spec.sizeBytes()));
            }
            writer.commit();
        }
    }

    private List<String> listing() {
        return Stream.of(folder.toFile().listFiles()).map(File::getName).sorted().toList();
    }

    static LongStream seeds() {
        return Seeds.of(20);
    }

    @ParameterizedTest(name = "seed {0}")
    @MethodSource("seeds")
    void readsBackWhatWasWritten(long seed) {
        var contents = new RandomContents(seed);
        long limit = 1 + Seeds.random(seed).nextInt(2000);
        try (var writer = ShardedSafetensorsWriter.create(folder, "model", contents.specs(), contents.metadata(),
                limit)) {
            contents.writeInParts(writer::write);
            writer.commit();
        }
        try (var checkpoint = Checkpoint.open(folder)) {
            contents.assertSame(checkpoint.tensors());
            assertThat(checkpoint.sizeBytes())
                    .isEqualTo(contents.specs().stream().mapToLong(TensorSpec::sizeBytes).sum());
        }
    }

    @Test
    void oneShardNeedsNoIndex() {
        write(bytes(4, 6), 10);
        assertThat(listing()).containsExactly("model.safetensors");
    }

    @Test
    void fillsShardsInOrderAndGivesALargeTensorItsOwn() {
        write(bytes(4, 0, 6, 1, 30, 0, 2), 10);
        assertThat(listing()).containsExactly("model-00001-of-00004.safetensors", "model-00002-of-00004.safetensors",
                "model-00003-of-00004.safetensors", "model-00004-of-00004.safetensors", "model.safetensors.index.json");
        assertThat(folder.resolve("model.safetensors.index.json")).content().startsWith("""
                {"metadata":{"total_size":43},"weight_map":{"t0":"model-00001-of-00004.safetensors",""");
        try (var first = SafetensorsFile.open(folder.resolve("model-00001-of-00004.safetensors"))) {
            assertThat(first.tensors().keySet()).containsExactlyInAnyOrder("t0", "t1", "t2");
            assertThat(first.metadata()).containsEntry("format", "pt");
        }
    }

    @Test
    void leavesNothingWithoutCommit() {
        try (var writer = ShardedSafetensorsWriter.create(folder, "model", bytes(4, 4, 4), Map.of(), 4)) {
            writer.write("t0", MemorySegment.ofArray(new byte[4]));
            writer.write("t1", MemorySegment.ofArray(new byte[4]));
            writer.write("t2", MemorySegment.ofArray(new byte[3]));
            assertThat(listing()).contains("model-00001-of-00003.safetensors");
            assertThatThrownBy(writer::commit).isInstanceOf(IllegalStateException.class).hasMessageContaining("'t2'");
        }
        assertThat(folder).isEmptyDirectory();
    }

    @Test
    void refusesTheWrongOrderOrFolder() {
        try (var writer = ShardedSafetensorsWriter.create(folder, "model", bytes(4, 4), Map.of(), 4)) {
            assertThatThrownBy(() -> writer.write("t1", MemorySegment.ofArray(new byte[4])))
                    .hasMessageContaining("'t1' where tensor 't0'");
            assertThatThrownBy(() -> writer.write("x", MemorySegment.ofArray(new byte[0]))).hasMessageContaining("'x'");
        }
        Path missing = folder.resolve("none");
        assertThatThrownBy(() -> ShardedSafetensorsWriter.create(missing, "model", bytes(1), Map.of(), 4).close())
                .isInstanceOf(InputException.class).hasMessage("cannot write to " + missing + ": it is not a folder");
    }
}
