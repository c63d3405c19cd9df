package dvdquant.cuda.driver;

import dvdquant.cuda.kernels.Specializations;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.abort;

/**
 * Compiles every kernel, in the specializations that models need, for the architectures that it is written for, by nvcc: no GPU is
 * needed. Registers that do not suffice spill to memory, which is slow and silent, so spills fail. What passed once is not compiled
 * again until its source, its macros or nvcc change, or {@code target} is cleaned.
 */
class KernelSourcesTest {
    private static final Pattern SPILL = Pattern.compile("([1-9]\\d*) bytes (stack frame|spill stores|spill loads)");
    /** An empty file for each that passed. */
    private static final Path PASSED = Path.of("target", "kernels-passed");

    /** One run of the compiler. */
    private record Job(KernelSource source, String architecture) {
        @Override
        public String toString() {
            return source + " for " + architecture;
        }
    }

    @TempDir
    private Path folder;

    @Test
    void compileWithoutSpills() throws IOException, InterruptedException {
        Optional<String> compiler = compiler();
        if (compiler.isEmpty()) {
            System.err.println("KernelSourcesTest: there is no nvcc here, so no kernel was compiled");
            abort("no nvcc on this machine");
        }
        unpackSources();
        Files.createDirectories(PASSED);
        List<Job> jobs = jobs();
        List<Job> changed = jobs.stream().filter(job -> Files.notExists(passed(job, compiler.get()))).toList();
        System.err.println("KernelSourcesTest: " + changed.size() + " of " + jobs.size() + " kernels are compiled, the "
                + "others passed before and are unchanged");
        List<String> faults = changed.parallelStream().map(job -> faults(job, compiler.get())).flatMap(List::stream)
                .toList();
        assertThat(faults).isEmpty();
    }

    /** In {@code verify -Pfull} each kernel for all architectures, otherwise for one of them, in turn. */
    private static List<Job> jobs() {
        boolean all = System.getProperty("kernels.architectures", "all").equals("all");
        var jobs = new ArrayList<Job>();
        int turn = 0;
        for (Specializations.Case each : Specializations.all()) {
            List<String> architectures = each.architectures();
            var chosen = all ? architectures : List.of(architectures.get(turn++ % architectures.size()));
            chosen.forEach(architecture -> jobs.add(new Job(each.source(), architecture)));
        }
        return jobs;
    }

    private static Path passed(Job job, String compiler) {
        return PASSED.resolve(KernelCache.key(job.source, job.architecture, compiler));
    }

    /** What {@code nvcc --version} says; empty if there is none. */
    private static Optional<String> compiler() throws InterruptedException {
        try {
            Process nvcc = new ProcessBuilder("nvcc", "--version").redirectErrorStream(true).start();
            String version = new String(nvcc.getInputStream().readAllBytes());
            return nvcc.waitFor() == 0 ? Optional.of(version) : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    private void unpackSources() throws IOException {
        for (Specializations.Case each : Specializations.all()) {
            Files.writeString(folder.resolve(each.source().file()), each.source().text());
            for (var header : each.source().headers().entrySet()) {
                Files.writeString(folder.resolve(header.getKey()), header.getValue());
            }
        }
    }

    /** What is wrong with it. */
    private List<String> faults(Job job, String compiler) {
        try {
            List<String> faults = compile(job).stream().map(line -> job + ": " + line).toList();
            if (faults.isEmpty()) Files.createFile(passed(job, compiler));
            return faults;
        } catch (IOException | InterruptedException e) {
            return List.of(job + ": " + e);
        }
    }

    private List<String> compile(Job job) throws IOException, InterruptedException {
        String architecture = job.architecture;
        var command = new ArrayList<>(List.of("nvcc", "-cubin", "-std=c++17", "-Xptxas", "-v", "-o", "/dev/null",
                "-gencode=arch=" + architecture.replace("sm", "compute") + ",code=" + architecture));
        command.addAll(job.source.options());
        command.add(job.source.file());
        Process process = new ProcessBuilder(command).directory(folder.toFile()).redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes());
        if (process.waitFor() != 0) return List.of(output);
        return output.lines().filter(line -> SPILL.matcher(line).find() || line.contains("C75")).map(String::strip)
                .toList();
    }
}
