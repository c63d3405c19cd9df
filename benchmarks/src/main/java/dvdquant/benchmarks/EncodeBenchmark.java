package dvdquant.benchmarks;

import dvdquant.core.format.ElementType;
import dvdquant.core.machine.CpuUse;
import dvdquant.core.machine.Machine;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.measure.Measurement;
import dvdquant.measure.Operation;
import dvdquant.measure.QuietMachine;
import dvdquant.measure.Timing;
import dvdquant.measure.step.StepBenchmark;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.text.Umt5Encoder;
import dvdquant.tensor.ComputeDevice;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A model's text encoder on one prompt, layer by layer from its files: the reading of the weights is in the time.
 *
 * @param peakBytes the most that this process had resident; 0 where the system does not say
 * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
 */
public record EncodeBenchmark(Timing encoding, long peakBytes, double othersShare) implements Measurement {
    /**
     * Measures.
     *
     * @param tokens of the prompt
     * @throws dvdquant.core.InputException if the encoder cannot be loaded
     */
    public static EncodeBenchmark run(Path textEncoder, EncoderPrecision precision, int tokens, StepBenchmark.Runs runs,
            ComputeDevice device) {
        var ids = new long[tokens];
        for (int i = 0; i < tokens; i++) {
            ids[i] = i + 1; // which ones does not matter to the time
        }
        try (var encoder = Umt5Encoder.open(textEncoder, Checkpoint::open, precision, device)) {
            Operation encoding = Operation.scoped("encoding", tokens + " tokens", 0,
                    () -> encoder.encode(List.of(ids), (_, _) -> {}));
            Timing.warmUp(device, encoding, runs.warmUps());
            CpuUse start = CpuUse.now();
            Timing timing = Timing.of(device, encoding, 0, runs.counted());
            return new EncodeBenchmark(timing, Machine.peakResidentBytes(), CpuUse.now().othersSince(start));
        }
    }

    @Override
    public Optional<String> disturbance() {
        return QuietMachine.disturbance(othersShare, List.of());
    }
}
