package dvdquant.tensor.natives;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

class NativeThreadsTest {
    private static final List<String> VARIABLES = List.of("OMP_WAIT_POLICY", "OPENBLAS_NUM_THREADS");

    @ParameterizedTest
    @ValueSource(strings = {"tensor", "scope", "kernels", "threads"})
    void preparesTheEnvironmentWhateverIsTouchedFirst(String first) throws Exception {
        assertThat(inAJvmOfItsOwn(Map.of(), first)).containsExactlyInAnyOrder("found: passive", "found: 1",
                "found: a limit of 0 bytes", "OMP_WAIT_POLICY = 'PASSIVE'");
    }

    @Test
    void leavesTheUsersChoiceAlone() throws Exception {
        assertThat(inAJvmOfItsOwn(Map.of("OMP_WAIT_POLICY", "active", "OPENBLAS_NUM_THREADS", "2"), "tensor"))
                .containsExactlyInAnyOrder("found: active", "found: 2", "found: a limit of 0 bytes",
                        "OMP_WAIT_POLICY = 'ACTIVE'");
    }

    @Test
    void setsTheNumberOfThreads() {
        int threads = NativeThreads.count();
        try {
            NativeThreads.setCount(threads + 1);
            assertThat(NativeThreads.count()).isEqualTo(threads + 1);
        } finally {
            NativeThreads.setCount(threads);
        }
        assertThatIllegalArgumentException().isThrownBy(() -> NativeThreads.setCount(0))
                .withMessage("threads: 0, expected 1 or more");
    }

    @Test
    void oneThreadIsAChoiceOfTheThreadThatMakesIt() throws Exception {
        int threads = NativeThreads.count();
        var inside = new int[1];
        var thread = new Thread(() -> {
            NativeThreads.useInThisThread(1);
            inside[0] = openMpThreads();
        });
        thread.start();
        thread.join();
        assertThat(inside[0]).isEqualTo(1);
        assertThat(NativeThreads.count()).isEqualTo(threads);
    }

    @SuppressWarnings("restricted")
    private static int openMpThreads() {
        try {
            var lookup = SymbolLookup.libraryLookup("libgomp.so.1", Arena.global());
            return (int) Linker.nativeLinker().downcallHandle(lookup.findOrThrow("omp_get_max_threads"),
                    FunctionDescriptor.of(ValueLayout.JAVA_INT)).invokeExact();
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }

    private static List<String> inAJvmOfItsOwn(Map<String, String> environment, String first)
            throws IOException, InterruptedException {
        var builder = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-cp",
                System.getProperty("java.class.path"), "--add-modules=jdk.incubator.vector",
                "--enable-native-access=ALL-UNNAMED", Probe.class.getName(), first);
        builder.environment().put("OMP_DISPLAY_ENV", "true");
        VARIABLES.forEach(builder.environment()::remove);
        builder.environment().putAll(environment);
        Process process = builder.redirectErrorStream(true).start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor()).as(output).isZero();
        return output.lines().filter(line -> line.contains("found: ") || line.contains("OMP_WAIT_POLICY"))
                .map(line -> line.replaceFirst("^.*(?=OMP_WAIT_POLICY)", "").strip())
                .distinct().toList();
    }

    /**
     * Touches one class of the facade and prints what native libraries then find in the environment. libgomp, which reads it while it
     * is loaded, prints what it found itself.
     */
    static final class Probe {
        public static void main(String[] args) throws Throwable {
            switch (args[0]) {
                case "tensor" -> {
                    try (var _ = TensorScope.open()) {
                        Tensor.zeros(ElementType.F32, 1);
                    }
                }
                case "scope" -> TensorScope.open().close();
                case "kernels" -> CpuDevice.open().close();
                case "threads" -> NativeThreads.count();
                default -> throw new IllegalArgumentException(args[0]);
            }
            NativeThreads.count(); // loads libgomp in any case
            for (String variable : VARIABLES) {
                System.out.println("found: " + environment(variable));
            }
            System.out.println("found: a limit of " + Pointer.maxPhysicalBytes() + " bytes");
        }

        @SuppressWarnings("restricted")
        private static String environment(String name) throws Throwable {
            var linker = Linker.nativeLinker();
            var getenv = linker.downcallHandle(linker.defaultLookup().findOrThrow("getenv"),
                    FunctionDescriptor.of(ValueLayout.ADDRESS, ValueLayout.ADDRESS));
            try (Arena arena = Arena.ofConfined()) {
                var value = (MemorySegment) getenv.invokeExact(arena.allocateFrom(name));
                return value.equals(MemorySegment.NULL)
                        ? "unset"
                        : value.reinterpret(Long.MAX_VALUE).getString(0);
            }
        }
    }
}
