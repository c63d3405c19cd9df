import jdk.incubator.vector.FloatVector;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.pytorch.global.torch;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.util.Locale;

/** Asks oneDNN, libtorch, OpenBLAS and the JVM which instructions they use: {@code build/capped}'s question. */
public class CapInEffect {
    public static void main(String[] expected) throws Throwable {
        require("oneDNN", "ONEDNN_MAX_CPU_ISA", onednn(), expected[0]);
        require("libtorch", "ATEN_CPU_CAPABILITY", libtorch(), expected[1]);
        require("OpenBLAS", "OPENBLAS_CORETYPE", openBlas(), expected[2]);
        require("the JVM's Vector API", "-XX:UseAVX", FloatVector.SPECIES_PREFERRED.vectorBitSize() + "", expected[3]);
    }

    private static void require(String what, String setting, String found, String expected) {
        if (found.equalsIgnoreCase(expected)) return;
        System.err.printf("%s is at %s, expected %s: %s did not take effect%n", what, found, expected, setting);
        System.exit(1);
    }

    /** {@code AVX2_VNNI} for {@code dnnl_cpu_isa_avx2_vnni}. */
    private static String onednn() throws IllegalAccessException {
        int isa = dnnl.dnnl_get_effective_cpu_isa();
        String prefix = "dnnl_cpu_isa_";
        for (var field : dnnl.class.getFields()) {
            if (field.getName().startsWith(prefix) && field.getInt(null) == isa) {
                return field.getName().substring(prefix.length()).toUpperCase(Locale.ROOT);
            }
        }
        return Integer.toString(isa);
    }

    private static String libtorch() {
        return torch.get_cpu_capability().getString();
    }

    /** libopenblas is there once libtorch is. */
    private static String openBlas() throws Throwable {
        var coreName = SymbolLookup.libraryLookup("libopenblas.so.0", Arena.global())
                .findOrThrow("openblas_get_corename");
        var handle = Linker.nativeLinker().downcallHandle(coreName, FunctionDescriptor.of(ValueLayout.ADDRESS));
        return ((MemorySegment) handle.invokeExact()).reinterpret(64).getString(0);
    }
}
