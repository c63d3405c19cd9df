package dvdquant.app;

import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryManagerMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.jar.Attributes.Name;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

import static org.assertj.core.api.Assertions.assertThat;

/** The start script, with a program that says which collector it has got. */
class LauncherTest {
    private static final List<String> VARIABLES = List.of("JAVA_TOOL_OPTIONS", "JDK_JAVA_OPTIONS", "_JAVA_OPTIONS");

    @TempDir
    Path home;

    @BeforeEach
    void makeACheckoutThatIsBuilt() throws IOException {
        Path app = Files.createDirectories(home.resolve("app/target/dvdquant"));
        Files.createDirectories(home.resolve("app/src/main"));
        Files.createFile(home.resolve("pom.xml"));
        Files.createFile(home.resolve("app/pom.xml"));
        Files.copy(Path.of(System.getProperty("project.root"), "dvdquant"), home.resolve("dvdquant"));
        var manifest = new Manifest();
        manifest.getMainAttributes().put(Name.MANIFEST_VERSION, "1.0");
        manifest.getMainAttributes().put(Name.MAIN_CLASS, Program.class.getName());
        String file = Program.class.getName().replace('.', '/') + ".class";
        try (var jar = new JarOutputStream(Files.newOutputStream(app.resolve("dvdquant.jar")), manifest);
                InputStream program = Program.class.getResourceAsStream("/" + file)) {
            jar.putNextEntry(new JarEntry(file));
            program.transferTo(jar);
        }
        Files.writeString(app.resolve("java"), Path.of(System.getProperty("java.home"), "bin", "java") + "\n");
    }

    private String run(Map<String, String> environment) throws IOException, InterruptedException {
        var builder = new ProcessBuilder(home.resolve("dvdquant").toString(), "an argument").redirectErrorStream(true);
        VARIABLES.forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process process = builder.start();
        String output = new String(process.getInputStream().readAllBytes());
        assertThat(process.waitFor()).as(output).isZero();
        return output;
    }

    @Test
    void takesTheSerialCollector() throws IOException, InterruptedException {
        assertThat(run(Map.of())).contains("[an argument] [Copy, MarkSweepCompact]");
    }

    @ParameterizedTest
    @CsvSource({"JAVA_TOOL_OPTIONS, -XX:+UseG1GC, G1", "JDK_JAVA_OPTIONS, -Xmx1g -XX:+UseParallelGC, PS",
            "_JAVA_OPTIONS, -XX:+UseZGC, ZGC", "JAVA_TOOL_OPTIONS, -XX:+UseSerialGC, Copy",
            "JDK_JAVA_OPTIONS, -XX:-UseG1GC, Copy", "JAVA_TOOL_OPTIONS, -XX:-UseGCOverheadLimit, Copy"})
    void yieldsToTheUsersCollector(String variable, String value, String collector)
            throws IOException, InterruptedException {
        assertThat(run(Map.of(variable, value))).contains("[an argument] [" + collector);
    }

    @Test
    void yieldsToAFileOfOptions() throws IOException, InterruptedException {
        Path options = Files.writeString(home.resolve("options"), "-XX:+UseParallelGC");
        assertThat(run(Map.of("JDK_JAVA_OPTIONS", "@" + options))).contains("[PS");
        assertThat(run(Map.of("JAVA_TOOL_OPTIONS", "-XX:VMOptionsFile=" + options))).contains("[PS");
    }

    @Test
    void usesTheUsersFolderForTemporaryFiles() throws IOException, InterruptedException {
        Path mine = Files.createDirectory(home.resolve("my, tmp"));
        Path other = Files.createDirectory(home.resolve("other"));
        assertThat(run(Map.of("TMPDIR", mine.toString()))).contains("] " + mine);
        assertThat(run(Map.of("TMPDIR", mine + "/none"))).contains("] /tmp");
        assertThat(run(Map.of("TMPDIR", mine.toString(), "JAVA_TOOL_OPTIONS", "-Djava.io.tmpdir=" + other)))
                .contains("] " + other);
    }

    /** Stands for dvdquant. */
    static final class Program {
        public static void main(String[] args) {
            System.out.println(List.of(args) + " " + ManagementFactory.getGarbageCollectorMXBeans().stream()
                    .map(MemoryManagerMXBean::getName).toList() + " " + System.getProperty("java.io.tmpdir"));
        }
    }
}
