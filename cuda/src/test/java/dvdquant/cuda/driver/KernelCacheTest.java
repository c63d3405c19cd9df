package dvdquant.cuda.driver;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;

import static org.assertj.core.api.Assertions.assertThat;

class KernelCacheTest {
    @TempDir
    private Path folder;

    @Test
    void whatIsKeptIsFoundAgain() throws IOException {
        Path file = folder.resolve("cache").resolve("kernel.cubin");
        assertThat(KernelCache.read(file)).isEmpty();
        var code = new byte[1000];
        new Random(1).nextBytes(code);
        KernelCache.keep(file, code);
        assertThat(KernelCache.read(file)).hasValue(code);
        try (var files = Files.list(file.getParent())) {
            assertThat(files).containsExactly(file);
        }
    }

    @Test
    void whatIsDamagedIsNotFound() throws IOException {
        Path file = folder.resolve("kernel.cubin");
        KernelCache.keep(file, new byte[1000]);
        byte[] whole = Files.readAllBytes(file);
        for (int length : new int[]{0, 31, 32, whole.length - 1}) {
            Files.write(file, Arrays.copyOf(whole, length));
            assertThat(KernelCache.read(file)).as("%d bytes", length).isEmpty();
        }
        whole[500] ^= 1;
        Files.write(file, whole);
        assertThat(KernelCache.read(file)).isEmpty();
    }

    @Test
    void theKeyIsOfAllThatDecides() {
        var source = new KernelSource("change.cu").with("INPUT_F32", 0);
        String key = KernelCache.key(source, "sm_80", "13.0");
        assertThat(KernelCache.key(new KernelSource("change.cu").with("INPUT_F32", 0), "sm_80", "13.0")).isEqualTo(key);
        assertThat(KernelCache.key(source, "sm_86", "13.0")).isNotEqualTo(key);
        assertThat(KernelCache.key(source, "sm_80", "13.1")).isNotEqualTo(key);
        assertThat(KernelCache.key(source.with("INPUT_F32", 1), "sm_80", "13.0")).isNotEqualTo(key);
        assertThat(KernelCache.key(new KernelSource("pause.cu"), "sm_80", "13.0")).isNotEqualTo(key);
    }

    @Test
    void aFolderThatCannotBeWrittenIsNoError() throws IOException {
        Path noFolder = Files.writeString(folder.resolve("file"), "in the way");
        KernelCache.keep(noFolder.resolve("kernel.cubin"), new byte[10]);
        assertThat(KernelCache.read(noFolder.resolve("kernel.cubin"))).isEmpty();
    }
}
