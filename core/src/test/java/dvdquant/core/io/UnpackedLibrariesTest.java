package dvdquant.core.io;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.zip.ZipEntry;

import static org.assertj.core.api.Assertions.assertThat;

class UnpackedLibrariesTest {
    @TempDir
    Path folder;

    @Test
    void removesALibraryThatWasCutShort() throws IOException {
        Path jar = folder.resolve("some-linux.jar");
        try (var out = new JarOutputStream(Files.newOutputStream(jar), new Manifest())) {
            for (String name : List.of("a/libwhole.so", "a/libcut.so", "a/libother.so")) {
                out.putNextEntry(new ZipEntry(name));
                out.write(new byte[8]);
            }
        }
        Path unpacked = Files.createDirectories(folder.resolve("cache/some-linux.jar/a"));
        Files.write(unpacked.resolve("libwhole.so"), new byte[8]);
        Files.write(unpacked.resolve("libcut.so"), new byte[5]);
        Files.write(unpacked.resolve("libmine.so"), new byte[5]);
        try (var jars = new URLClassLoader(new URL[]{jar.toUri().toURL()}, null)) {
            UnpackedLibraries.removeCutShort(folder.resolve("cache"), jars);
            UnpackedLibraries.removeCutShort(folder.resolve("none"), jars);
        }
        try (var left = Files.list(unpacked)) {
            assertThat(left.map(file -> file.getFileName().toString())).containsExactlyInAnyOrder("libwhole.so",
                    "libmine.so");
        }
    }

    @Test
    void oneProcessLoadsAtATime() throws IOException, InterruptedException {
        Path source = Files.writeString(folder.resolve("Other.java"), """
                void main(String[] args) throws Exception {
                    var file = new java.io.RandomAccessFile(args[0], "rw");
                    file.getChannel().lock();
                    IO.println("loading");
                    System.in.read();
                }
                """);
        Process other = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin/java").toString(),
                source.toString(), folder.resolve(".dvdquant-loading").toString()).redirectError(
                        ProcessBuilder.Redirect.INHERIT)
                .start();
        var order = new CopyOnWriteArrayList<String>();
        try (var lines = other.inputReader()) {
            assertThat(lines.readLine()).isEqualTo("loading");
            Thread waiting = Thread.ofPlatform().start(
                    () -> UnpackedLibraries.inTurn(folder, () -> order.add("loaded here")));
            order.add("loaded there");
            other.destroy();
            waiting.join();
        }
        assertThat(order).containsExactly("loaded there", "loaded here");
    }

    @Test
    void loadsWhereNothingCanBeWritten() {
        var loaded = new CopyOnWriteArrayList<String>();
        UnpackedLibraries.inTurn(folder.resolve("none"), () -> loaded.add("here"));
        assertThat(loaded).containsExactly("here");
    }
}
