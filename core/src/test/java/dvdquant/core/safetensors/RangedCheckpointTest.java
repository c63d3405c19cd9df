package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Files by ranges against the same files mapped. */
class RangedCheckpointTest implements RangedCheckpoint.RangedFiles {
    private static final Path DEMO = Path.of(System.getProperty("project.root", ""))
            .resolve("demo/tiny-wan/transformer");

    @TempDir
    Path folder;

    private final List<Integer> reads = new ArrayList<>();

    @Override
    public OptionalLong size(Path file) {
        try {
            return Files.isRegularFile(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void read(Path file, long position, byte[] into) {
        reads.add(into.length);
        try (var open = new RandomAccessFile(file.toFile(), "r")) {
            open.seek(position);
            open.readFully(into);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Test
    void readsHeadersAtFirstAndThenWhatIsNeeded() {
        try (var ranged = RangedCheckpoint.open(DEMO, this); var mapped = Checkpoint.open(DEMO)) {
            assertThat(ranged.tensors().keySet()).containsExactlyElementsOf(mapped.tensors().keySet());
            assertThat(ranged.sizeBytes()).isEqualTo(mapped.sizeBytes());
            assertThat(ranged.place()).isEqualTo(DEMO);
            assertThat(reads).hasSize(2).startsWith(8);
            reads.clear();
            StoredTensor expected = mapped.tensor("blocks.1.ffn.net.2.weight");
            SourceTensor tensor = ranged.tensor(expected.name());
            var row = new float[expected.columns()];
            var found = new float[expected.columns()];
            for (long r = 0; r < expected.rows(); r++) {
                expected.read(r, row);
                tensor.read(r, found);
                assertThat(found).containsExactly(row);
            }
            assertThat(tensor.raw().orElseThrow().mismatch(expected.data())).isEqualTo(-1);
            assertThat(reads).containsExactly((int) expected.sizeBytes());
            tensor.release();
            tensor.read(0, found);
            assertThat(reads).hasSize(2);
        }
    }

    @Test
    void readsShardsByTheirIndex() throws IOException {
        var specs = List.of(new TensorSpec("a", ElementType.U8, Shape.of(3)),
                new TensorSpec("none", ElementType.F32, Shape.of(0)), new TensorSpec("b", ElementType.U8, Shape.of(3)));
        try (var writer = ShardedSafetensorsWriter.create(folder, "model", specs, Map.of(), 4)) {
            writer.write("a", MemorySegment.ofArray(new byte[]{1, 2, 3}));
            writer.write("b", MemorySegment.ofArray(new byte[]{4, 5, 6}));
            writer.commit();
        }
        try (var ranged = RangedCheckpoint.open(folder, this)) {
            assertThat(ranged.tensors().keySet()).containsExactlyInAnyOrder("a", "none", "b");
            assertThat(ranged.tensor("b").raw().orElseThrow().mismatch(MemorySegment.ofArray(new byte[]{4, 5, 6})))
                    .isEqualTo(-1);
            assertThat(ranged.tensor("none").raw().orElseThrow().byteSize()).isZero();
        }
        Files.delete(folder.resolve("model-00002-of-00002.safetensors"));
        assertRefused("the index names the shard 'model-00002-of-00002.safetensors', which is not in the folder");
    }

    /** The same file, cut and twisted, is refused with the same words as where it is mapped. */
    @Test
    void refusesWhatIsRefusedOfMappedFiles() throws IOException {
        String entry = RawFile.entry("a", "U8", "[4]", 0, 4);
        for (byte[] file : List.of(new byte[0], new byte[]{1, 2, 3}, RawFile.of("{" + entry + "}", 3),
                RawFile.of("{" + entry + "}", 5), RawFile.of("{" + entry + "," + entry + "}", 4), RawFile.of("[]", 4),
                RawFile.withLength(1L << 40, "{}".getBytes(), 0), RawFile.withLength(-1, "{}".getBytes(), 0),
                RawFile.withLength(100, "{}".getBytes(), 0), RawFile.of("{}", 1))) {
            Files.write(folder.resolve("model.safetensors"), file);
            String reason = refusal(() -> Checkpoint.open(folder).close());
            assertRefused(reason);
        }
        Files.delete(folder.resolve("model.safetensors"));
        assertRefused(folder + ": has no weights: looked for diffusion_pytorch_model.safetensors.index.json");
    }

    private static String refusal(Runnable opening) {
        try {
            opening.run();
            throw new AssertionError("was opened");
        } catch (InputException e) {
            return e.getMessage();
        }
    }

    private void assertRefused(String words) {
        assertThatThrownBy(() -> RangedCheckpoint.open(folder, this)).isInstanceOf(SafetensorsException.class)
                .hasMessageContaining(words);
    }
}
