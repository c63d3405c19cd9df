package dvdquant.benchmarks;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.core.machine.Machine;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.measure.Measurement;
import dvdquant.measure.QuietMachine;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.ComputeDevice;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * How long a transformer takes to load, every weight read, and what memory that took.
 *
 * @param weights their number
 * @param fileBytes of the tensors as they are stored
 * @param peakBytes the most that this process had resident ({@code VmHWM}); 0 where the system does not say
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record LoadBenchmark(ElementType type, long weights, long fileBytes, double seconds, long peakBytes,
        double othersShare)
        implements
            Measurement {
    /**
     * Loads the transformer of a model once.
     *
     * @param type to compute in: F32 or BF16
     * @throws dvdquant.core.InputException if it cannot be loaded
     */
    public static LoadBenchmark run(Path transformer, ElementType type, ComputeDevice device) {
        long weights;
        long fileBytes;
        try (var checkpoint = Checkpoint.open(transformer)) {
            weights = checkpoint.elements();
            fileBytes = checkpoint.sizeBytes();
        }
        CpuUse before = CpuUse.now();
        long start = System.nanoTime();
        try (var _ = WanTransformer.open(transformer, type, device, LayerArithmetic.INTEGER)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            return new LoadBenchmark(type, weights, fileBytes, seconds, Machine.peakResidentBytes(),
                    CpuUse.now().othersSince(before));
        }
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, List.of());
    }

    public double gigabytesASecond() {
        return fileBytes / seconds / 1e9;
    }

    /** What the weights take as BF16, the least that computing in full precision needs. */
    public long bf16Bytes() {
        return weights * ElementType.BF16.sizeBytes();
    }
}
