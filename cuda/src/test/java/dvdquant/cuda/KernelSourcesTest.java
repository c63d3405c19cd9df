package dvdquant.cuda;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

/**
 * Compiles every kernel, in the specializations that models need, for the architectures that it is written for, by nvcc: no GPU is
 * needed. Registers that do not suffice spill to memory, which is slow and silent, so spills fail.
 */
class KernelSourcesTest {
    private static final Pattern SPILL = Pattern.compile("([1-9]\\d*) bytes (stack frame|spill stores|spill loads)");

    @TempDir
    private Path folder;

    @Test
    void compileWithoutSpills() throws IOException, InterruptedException {
        if (!hasCompiler()) {
            System.err.println("KernelSourcesTest: there is no nvcc here, so no kernel was compiled");
            abort("no nvcc on this machine");
        }
        unpackHeaders();
        List<String> faults = Specializations.all().parallelStream()
                .flatMap(
                        each -> each.architectures().stream().map(architecture -> compile(each.source(), architecture)))
                .flatMap(List::stream).toList();
        assertThat(faults).isEmpty();
    }

    private static boolean hasCompiler() throws InterruptedException {
        try {
            return new ProcessBuilder("nvcc", "--version").redirectErrorStream(true)
                    .redirectOutput(ProcessBuilder.Redirect.DISCARD).start().waitFor() == 0;
        } catch (IOException _) {
            return false;
        }
    }

    private void unpackHeaders() throws IOException {
        for (Specializations.Case each : Specializations.all()) {
            Files.writeString(folder.resolve(each.source().file()), each.source().text());
            for (var header : each.source().headers().entrySet()) {
                Files.writeString(folder.resolve(header.getKey()), header.getValue());
            }
        }
    }

    /** What is wrong with it. */
    private List<String> compile(KernelSource source, String architecture) {
        String what = source + " for " + architecture + ": ";
        try {
            var command = new ArrayList<>(List.of("nvcc", "-cubin", "-std=c++17", "-Xptxas", "-v", "-o", "/dev/null",
                    "-gencode=arch=" + architecture.replace("sm", "compute") + ",code=" + architecture));
            command.addAll(source.options());
            command.add(source.file());
            Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
            String output = new String(process.getInputStream().readAllBytes());
            if (process.waitFor() != 0) return List.of(what + output);
            return output.lines().filter(line -> SPILL.matcher(line).find() || line.contains("C75"))
                    .map(line -> what + line.strip()).toList();
        } catch (IOException | InterruptedException e) {
            return List.of(what + e);
        }
    }
}
