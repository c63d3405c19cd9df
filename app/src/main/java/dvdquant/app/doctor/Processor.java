package dvdquant.app.doctor;

import dvdquant.core.machine.Machine;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.cpu.machine.InstructionSet;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** What of the processor is used, and how; and the variables that can hide it. */
final class Processor {
    // OpenBLAS's names of kernels that use 512-bit vectors.
    private static final Set<String> CORETYPES_OF_AVX512 = Set.of("skylakex", "cooperlake", "sapphirerapids");

    private static final String CAP = "ONEDNN_MAX_CPU_ISA";

    private Processor() {}

    /** @param instructions that products are made of here */
    static List<Finding> findings(Machine machine, InstructionSet instructions, Map<String, String> environment) {
        Abilities abilities = instructions.abilities();
        var findings = new ArrayList<Finding>();
        findings.add(Finding.ok("processor", machine.cpu() + ", " + machine.cores() + " cores for this process"));
        findings.add(used(abilities, environment.get(CAP)));
        findings.add(products("bf16", abilities.bf16()));
        findings.add(products("8-bit integers", abilities.int8()));
        findings.add(openBlasCore(machine, environment.get("OPENBLAS_CORETYPE")));
        findings.add(waitPolicy(environment.get("OMP_WAIT_POLICY")));
        findings.add(openBlasThreads(environment.get("OPENBLAS_NUM_THREADS")));
        return findings;
    }

    private static Finding used(Abilities abilities, String cap) {
        return cap == null
                ? Finding.ok("instructions", abilities.instructions())
                : Finding.warn("instructions", abilities.instructions() + ", and none beyond what " + CAP + " names ("
                        + cap + "): unset it");
    }

    private static Finding products(String type, Abilities.Products products) {
        String text = "products by " + products.how();
        return products.own() ? Finding.ok(type, text) : Finding.info(type, text);
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
