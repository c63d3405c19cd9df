package dvdquant.app.doctor;

import dvdquant.core.machine.AvailableMemory;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.machine.Machine;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.tensor.cpu.machine.InstructionSet;
import jdk.incubator.vector.FloatVector;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Looks at everything that the program needs or can use. */
public final class Checkup {
    private static final long GIB = 1L << 30;
    private static final int WIDE_VECTOR_BITS = 512;

    private Checkup() {}

    /**
     * @param libtorch the version that was built against, as {@code onednn}
     * @param environment the process's variables
     * @param home the checkout, where the demo model is
     */
    public static List<Finding> run(String libtorch, String onednn, Map<String, String> environment, Path home) {
        Machine machine = Machine.current();
        var findings = new ArrayList<Finding>();
        findings.add(system());
        findings.addAll(processor(machine, environment));
        findings.add(memory(machine));
        findings.add(disk());
        findings.add(Finding.ok("Java", Runtime.version() + ", " + System.getProperty("java.home")));
        findings.add(vectors(machine));
        findings.addAll(Libraries.findings(libtorch, onednn, home));
        findings.addAll(GraphicsCards.findings());
        return findings;
    }

    /** oneDNN says which instructions there are; where it cannot be loaded, {@link Libraries} says so. */
    private static List<Finding> processor(Machine machine, Map<String, String> environment) {
        try {
            return Processor.findings(machine, InstructionSet.effective(), environment);
        } catch (LinkageError _) {
            return List.of(Finding.missing("processor", machine.cpu() + ": oneDNN does not say what it can use of it"));
        }
    }

    private static Finding system() {
        String name = System.getProperty("os.name");
        String architecture = System.getProperty("os.arch");
        String text = name + " " + System.getProperty("os.version") + ", " + architecture;
        return name.equals("Linux") && architecture.equals("amd64")
                ? Finding.ok("system", text)
                : Finding.warn("system", text + ": only Linux on x86-64 is tested");
    }

    private static Finding memory(Machine machine) {
        long available = AvailableMemory.bytes();
        String text = MemoryPlan.gib(machine.memoryBytes()) + ", " + MemoryPlan.gib(available) + " of it available";
        return available < GIB
                ? Finding.warn("memory", text + ": too little even for the demo model; close other programs")
                : Finding.ok("memory", text
                        + "; clips of the usual size with 4-bit weights take 6 GiB (Wan 1.3B), 7 (TI2V-5B), 14 (14B, A14B), 31 (HunyuanVideo)");
    }

    private static Finding disk() {
        Path here = Path.of("").toAbsolutePath();
        long free = DiskSpace.usableBytes(here);
        String text = MemoryPlan.gib(free) + " free at " + here;
        return free < GIB ? Finding.warn("disk", text + ": little for models and clips") : Finding.ok("disk", text);
    }

    private static Finding vectors(Machine machine) {
        int bits = FloatVector.SPECIES_PREFERRED.vectorBitSize();
        if (machine.has("avx512f") && bits < WIDE_VECTOR_BITS) {
            return Finding.warn("Vector API", bits + " bits, though the processor has " + WIDE_VECTOR_BITS
                    + ": is -XX:UseAVX set?");
        }
        return Finding.ok("Vector API", bits + " bits");
    }
}
