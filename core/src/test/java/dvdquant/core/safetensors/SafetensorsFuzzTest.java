package dvdquant.core.safetensors;

import dvdquant.core.testing.Seeds;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * Damaged files are refused by a {@link SafetensorsException}, or they are still right and read right; nothing else happens. More
 * rounds: {@code ./mvnw -pl core test -Dtest=SafetensorsFuzzTest -Dfuzz.count=1000000}.
 */
class SafetensorsFuzzTest {
    private static final int COUNT = Integer.getInteger("fuzz.count", 20_000);
    private static final int ONE_IN_REAL_FILE = 64;

    @TempDir
    Path folder;

    @Test
    void damagedFilesAreRefusedOrReadRight(TestReporter reporter) {
        List<byte[]> valid = validFiles();
        long base = Seeds.of(1).findFirst().orElseThrow();
        int accepted = 0;
        for (int i = 0; i < COUNT; i++) {
            SplittableRandom random = Seeds.random(base + i);
            byte[] file = HeaderMutation.of(random, valid.get(random.nextInt(valid.size())), valid);
            try {
                if (i % ONE_IN_REAL_FILE == 0 ? acceptsFile(file) : acceptsBytes(file)) accepted++;
            } catch (Throwable e) {
                throw new AssertionError("run again with -Dtests.seed=" + (base + i) + " -Dfuzz.count=1", e);
            }
        }
        reporter.publishEntry(Map.of("files", String.valueOf(COUNT), "accepted", String.valueOf(accepted)));
        if (COUNT >= 10_000) assertThat((double) accepted / COUNT).isBetween(0.05, 0.5);
    }

    private static List<byte[]> validFiles() {
        List<byte[]> files = new ArrayList<>();
        files.add(RawFile.of("{}", 0));
        files.add(RawFile.of(
                "{" + RawFile.entry("b", "F32", "[1]", 1, 5) + "," + RawFile.entry("a", "U8", "[]", 0, 1) + "}", 5));
        for (long seed = 0; seed < 60; seed++) {
            files.add(new RandomContents(seed).file());
        }
        for (byte[] file : files) {
            assertThat(acceptsBytes(file)).isTrue();
        }
        return files;
    }

    private static boolean acceptsBytes(byte[] file) {
        Header header;
        try {
            header = HeaderParser.parse(Path.of("fuzz.safetensors"), MemorySegment.ofArray(file));
        } catch (SafetensorsException e) {
            checkMessage(e, file);
            return false;
        }
        IndependentCheck.assertConsistent(file, header.tensors(), header.metadata());
        return true;
    }

    private boolean acceptsFile(byte[] bytes) throws IOException {
        Path path = Files.write(folder.resolve("fuzz.safetensors"), bytes);
        try (var file = SafetensorsFile.open(path)) {
            IndependentCheck.assertConsistent(bytes, file.tensors(), file.metadata());
            return true;
        } catch (SafetensorsException e) {
            checkMessage(e, bytes);
            return false;
        }
    }

    private static void checkMessage(SafetensorsException e, byte[] file) {
        assertThat(e.getMessage().startsWith(e.path() + ": ")).isTrue();
        assertThat(e.getMessage().getBytes(StandardCharsets.UTF_8).length).isLessThan(1500);
        assertThat(e.getMessage().indexOf('\n')).isEqualTo(-1);
        assertThat(e.offset() >= 0 && e.offset() <= file.length || e.offset() == -1
                || e.getMessage().contains("past the end")
                || e.getMessage().contains("after its end")).as(e.getMessage()).isTrue();
    }
}
