package dvdquant.core.safetensors;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

class CheckpointTest {
    private static final String INDEX = "diffusion_pytorch_model.safetensors.index.json";

    @TempDir
    Path folder;

    private void file(String name, String... tensors) {
        var header = new StringBuilder("{");
        for (int i = 0; i < tensors.length; i++) {
            header.append(i == 0 ? "" : ",").append(RawFile.entry(tensors[i], "BF16", "[1]", 2L * i, 2L * i + 2));
        }
        RawFile.write(folder.resolve(name), RawFile.of(header.append('}').toString(), 2 * tensors.length));
    }

    private void index(String json) throws IOException {
        Files.writeString(folder.resolve(INDEX), json);
    }

    private void assertRefused(String... parts) {
        assertThatThrownBy(() -> Checkpoint.open(folder).close()).isInstanceOf(SafetensorsException.class)
                .hasMessageContainingAll(parts);
    }

    @Test
    void readsASingleFile() {
        file("model.safetensors", "a", "b");
        try (var checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b");
            assertThat(checkpoint.sizeBytes()).isEqualTo(4);
            assertThat(checkpoint.elements()).isEqualTo(2);
            assertThat(checkpoint.files()).containsExactly(folder.resolve("model.safetensors"));
            assertThatThrownBy(() -> checkpoint.tensor("c")).isInstanceOf(SafetensorsException.class)
                    .hasMessage(folder + ": has no tensor 'c'");
        }
    }

    /** As a variant, another program or a download that broke off leaves a folder. */
    @Test
    void saysWhatIsThereInPlaceOfWeights() throws IOException {
        file("diffusion_pytorch_model.fp16.safetensors", "a");
        assertRefused("has no weights: looked for " + INDEX,
                "; found 'diffusion_pytorch_model.fp16.safetensors', expected one under such a name (a link will do)");
        Files.delete(folder.resolve("diffusion_pytorch_model.fp16.safetensors"));
        for (String name : List.of("a.bin", "b.gguf", "c.ckpt", "d.pt", "e.txt")) {
            Files.createFile(folder.resolve(name));
        }
        assertRefused("; found 'a.bin', 'b.gguf', 'c.ckpt' and 1 more, expected safetensors");
        Files.createSymbolicLink(folder.resolve("model.safetensors"), Path.of("../../blobs/abc"));
        assertRefused("model.safetensors is a link to ../../blobs/abc, which is not there; is the download complete?");
    }

    @Test
    void readsShardsAndPrefersTheIndex() throws IOException {
        file("model.safetensors", "other");
        file("1.safetensors", "a", "b");
        file("2.safetensors", "c");
        index("""
                {"metadata": {"total_size": 6, "x": [1, {}]},
                 "weight_map": {"b": "1.safetensors", "c": "2.safetensors", "a": "1.safetensors"}}
                """);
        try (var checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c");
            assertThat(checkpoint.tensor("c").file()).isEqualTo(folder.resolve("2.safetensors"));
            assertThat(checkpoint.files()).extracting(Path::getFileName).map(Path::toString)
                    .containsExactly("1.safetensors", "2.safetensors");
        }
    }

    /** As transformers reads its own: the one file first. */
    @Test
    void ofTransformersTheOneFileGoesFirst() throws IOException {
        file("model.safetensors", "whole");
        file("1.safetensors", "a");
        Files.writeString(folder.resolve("model.safetensors.index.json"),
                "{'weight_map':{'a':'1.safetensors'}}".replace('\'', '"'));
        try (var checkpoint = Checkpoint.open(folder)) {
            assertThat(checkpoint.tensors().keySet()).containsExactly("whole");
        }
    }

    @Test
    void anIndexWithoutItsShardsBesideOneFileNamesBoth() throws IOException {
        file("diffusion_pytorch_model.safetensors", "a");
        index("{'weight_map':{'a':'1.safetensors'}}".replace('\'', '"'));
        assertRefused(INDEX, "'1.safetensors'", "diffusion_pytorch_model.safetensors beside it", "remove the one");
    }

    @Test
    void namesAPointerOfGitLfs() throws IOException {
        Path file = folder.resolve("model.safetensors");
        Files.writeString(file, "version https://git-lfs.github.com/spec/v1\noid sha256:4d7a\nsize 12345\n");
        assertRefused(file.toString(), "is a Git LFS pointer", "git lfs pull");
        assertThatThrownBy(() -> JsonFile.read(file)).isInstanceOf(InputException.class)
                .hasMessageContainingAll(file.toString(), "is a Git LFS pointer");
    }

    @Test
    void saysWhatItLookedFor() {
        assertRefused(folder.toString(),
                "looked for " + INDEX + ", diffusion_pytorch_model.safetensors, model.safetensors, "
                        + "model.safetensors.index.json");
        assertThatThrownBy(() -> Checkpoint.open(folder.resolve("none")))
                .hasMessageEndingWith("no such file or folder");
    }

    @Test
    void refusesABrokenIndex() throws IOException {
        index("");
        assertRefused(INDEX, "a JSON object, but has the end");
        index("weights");
        assertRefused(INDEX, "the index is not valid JSON at byte");
        index("{\"metadata\":{}}");
        assertRefused(INDEX, "the index has no weight_map");
        index("{\"weight_map\":[]}");
        assertRefused(INDEX, "an object for weight_map, but has '['");
        index("{\"weight_map\":{\"a\":1}}");
        assertRefused(INDEX, "a file name for tensor 'a', but has '1'");
        index("{\"weight_map\":{\"a\":\"x\",\"a\":\"y\"}}");
        assertRefused(INDEX, "Duplicate");
        index("{\"metadata\":" + "[".repeat(100_000));
        assertRefused(INDEX, "not valid JSON");
        for (String name : List.of("", "..", "../x", "/etc/passwd", "a/b", "a\\\\b", "C:x", "a\\u0000b")) {
            index("{\"weight_map\":{\"a\":\"" + name + "\"}}");
            assertRefused(INDEX, "tensor 'a'", "expected the name of a file in its folder, at byte");
        }
        Files.delete(folder.resolve(INDEX));
        Files.createDirectory(folder.resolve(INDEX));
        assertRefused(INDEX, "is a folder");
    }

    @Test
    void refusesAnIndexThatDoesNotFitItsShards() throws IOException {
        file("1.safetensors", "a", "b");
        file("2.safetensors", "c");
        index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"1.safetensors\",\"c\":\"3.safetensors\"}}");
        assertRefused(INDEX, "names the shard '3.safetensors', which is not in the folder");
        index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"1.safetensors\",\"c\":\"2.safetensors\",\"d\":\"2.safetensors\"}}");
        assertRefused(INDEX, "puts tensor 'd' into '2.safetensors', which lacks it");
        index("{\"weight_map\":{\"a\":\"1.safetensors\",\"c\":\"2.safetensors\"}}");
        assertRefused("1.safetensors: has tensor 'b', which " + INDEX + " lacks");
        index("{\"weight_map\":{\"a\":\"1.safetensors\",\"b\":\"2.safetensors\",\"c\":\"2.safetensors\"}}");
        assertRefused("1.safetensors: has tensor 'b', which " + INDEX + " puts into '2.safetensors'");
    }

    @Test
    void releasedDataIsNotResidentAndReadsTheSame() throws IOException {
        byte[] large = new byte[20_000_000];
        Seeds.random(1).nextBytes(large);
        Path path = folder.resolve("model.safetensors");
        var specs = List.of(new TensorSpec("x", ElementType.U8, Shape.of(5)),
                new TensorSpec("a", ElementType.U8, Shape.of(large.length)));
        try (var writer = SafetensorsWriter.create(path, specs, Map.of())) {
            writer.write("x", MemorySegment.ofArray(new byte[]{1, 2, 3, 4, 5}));
            writer.write("a", MemorySegment.ofArray(large));
            writer.commit();
        }
        try (var checkpoint = Checkpoint.open(folder)) {
            StoredTensor a = checkpoint.tensor("a");
            assertThat(a.data().mismatch(MemorySegment.ofArray(large))).isEqualTo(-1);
            long before = residentBytes(path);
            a.release();
            checkpoint.tensor("x").release();
            long after = residentBytes(path);
            a.prefetch();
            assertThat(a.data().toArray(ValueLayout.JAVA_BYTE)).isEqualTo(large);
            assertThat(checkpoint.tensor("x").data().toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2, 3, 4, 5);
            assumeTrue(before >= 0, "no /proc/self/smaps here");
            assertThat(before).isGreaterThan(19_000_000);
            assertThat(after).isLessThan(100_000);
        }
    }

    /** Of the mapping of one file, as Linux counts it; −1 elsewhere. */
    private static long residentBytes(Path file) throws IOException {
        Path maps = Path.of("/proc/self/smaps");
        if (!Files.exists(maps)) return -1;
        long sum = 0;
        boolean ours = false;
        for (String line : Files.readAllLines(maps)) {
            if (line.matches("[0-9a-f]+-[0-9a-f]+ .*")) ours = line.endsWith(file.toString());
            if (ours && line.startsWith("Rss:")) sum += 1024 * Long.parseLong(line.replaceAll("\\D", ""));
        }
        return sum;
    }
}
