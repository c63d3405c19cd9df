package dvdquant.app.doctor;

import dvdquant.app.machine.Machine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What the processor has, and the variables that can hide it. */
final class Processor {
    /** An instruction set; the flags are those of {@code /proc/cpuinfo}, any of which shows it. */
    private enum Feature {
        AVX512("AVX-512", List.of("avx512f"), "512-bit vectors", "products run on 256 bits, at about half the speed"), //
        VNNI("VNNI", List.of("avx512_vnni", "avx_vnni"), "8-bit integer products, which quantized layers run on",
                "8-bit products are emulated: a quantized model is smaller here, not faster"), //
        BF16("BF16", List.of("avx512_bf16", "avx_ne_convert", "amx_bf16"), "bf16 products, twice as fast as f32",
                "bf16 products are emulated: --dtype f32 is as fast, where memory allows it");

        private final String title;
        private final List<String> flags;
        private final String meaning;
        private final String without;

        Feature(String title, List<String> flags, String meaning, String without) {
            this.title = title;
            this.flags = flags;
            this.meaning = meaning;
            this.without = without;
        }
    }

    // OpenBLAS's names of kernels that use 512-bit vectors.
    private static final Set<String> CORETYPES_OF_AVX512 = Set.of("skylakex", "cooperlake", "sapphirerapids");

    private Processor() {}

    static List<Finding> findings(Machine machine, Map<String, String> environment) {
        var findings = new ArrayList<Finding>();
        findings.add(Finding.ok("processor", machine.cpu() + ", " + machine.cores() + " cores for this process"));
        if (machine.features().isEmpty()) {
            findings.add(Finding.info("processor", "the system does not say which instructions it has"));
        } else {
            Arrays.stream(Feature.values()).map(feature -> finding(feature, machine)).forEach(findings::add);
            findings.add(machine.has("amx_tile")
                    ? Finding.ok("AMX", "matrix tiles (" + (machine.has("amx_int8") ? "int8" : "no int8") + ", "
                            + (machine.has("amx_bf16") ? "bf16" : "no bf16") + "): products several times as fast")
                    : Finding.info("AMX", "none: only Intel processors since 2023 have it"));
        }
        findings.add(openBlasCore(machine, environment.get("OPENBLAS_CORETYPE")));
        findings.add(waitPolicy(environment.get("OMP_WAIT_POLICY")));
        findings.add(openBlasThreads(environment.get("OPENBLAS_NUM_THREADS")));
        return findings;
    }

    private static Finding finding(Feature feature, Machine machine) {
        return feature.flags.stream().anyMatch(machine::has)
                ? Finding.ok(feature.title, feature.meaning)
                : Finding.warn(feature.title, "none: " + feature.without);
    }

    private static Finding openBlasCore(Machine machine, String coreType) {
        String name = "OPENBLAS_CORETYPE";
        if (coreType == null || coreType.isBlank()) return Finding.ok(name, "not set: OpenBLAS picks its kernels");
        if (machine.has("avx512f") && !CORETYPES_OF_AVX512.contains(coreType.toLowerCase(Locale.ROOT))) {
            return Finding.warn(name, coreType + ", on a processor with AVX-512: it halves the speed of f32 products; "
                    + "unset it");
        }
        return Finding.info(name, coreType + ": OpenBLAS does not pick its kernels itself");
    }

    private static Finding waitPolicy(String value) {
        String name = "OMP_WAIT_POLICY";
        if (value == null || value.equalsIgnoreCase("passive")) {
            return Finding.ok(name, "passive" + (value == null ? " (set by this program)" : ""));
        }
        return Finding.warn(name, value + ": waiting threads take the cores from others; unset it, or say passive");
    }

    private static Finding openBlasThreads(String value) {
        String name = "OPENBLAS_NUM_THREADS";
        if (value == null || value.equals("1"))
            return Finding.ok(name, "1" + (value == null ? " (set by this program)" : ""));
        return Finding.warn(name, value + ": OpenBLAS's own threads get in the way of libtorch's; unset it, or say 1");
    }
}
