package dvdquant.app.options;

import dvdquant.core.InputException;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.BitPlan.Placement;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.pipeline.VideoPipeline;
import picocli.CommandLine.Option;

import java.util.Arrays;
import java.util.Optional;
import java.util.OptionalDouble;

/** How a quantized model's activations are kept over the steps, and which forwards are skipped. */
public final class AccelerationOptions {
    private static final double USUAL_AVERAGE = 6;

    @Option(names = "--activations", paramLabel = "4|8|switch|16", description = "Bits of a quantized model's activations: a number from 2 to 8, or 'switch' between 4 and 8 over the steps, or 16: not quantized (default: 8; on a CPU and on Hopper 4 is no faster).")
    String activations;

    @Option(names = "--delta", paramLabel = "X", description = "With --activations switch: 8 bits where the output's summed relative change has reached X since the last such step (the paper's sweep: 0.06 to 0.18 at 50 steps).")
    Double delta;

    @Option(names = "--average-bits", paramLabel = "X", description = "With --activations switch: choose delta on the way so that the bits average to X, 4 to 8. With a named --bit-schedule: its average (default: 6).")
    Double averageBits;

    @Option(names = "--bit-schedule", paramLabel = "PATTERN", description = "With --activations switch: fixed bits, a digit 4 or 8 a step, or first-high, last-high, both-ends or alternate.")
    String bitSchedule;

    @Option(names = "--activation-scales", paramLabel = "SCALES", description = "Which of a quantized model's activations share a scale: tensor, token, token-block-integer[:B] (above 4 bits token), or, emulated, channel, channel-token, block[:B], token-block[:B] (default: what the model says).")
    String scales;

    @Option(names = "--cache", paramLabel = "teacache[=X]", description = "Skip the blocks at steps where their input has hardly changed; X is the threshold, from 0: the higher, the more is skipped (default: the one that was fitted to the model, if there is one).")
    String cache;

    @Option(names = "--cache-ret-steps", negatable = true, description = "With --cache: always compute the first five steps, and watch the projected time (default: as it was fitted to the model).")
    Boolean retSteps;

    /** @throws InputException if flags do not go together, or with the model */
    public Acceleration toAcceleration(VideoPipeline pipeline) {
        Acceleration acceleration = Acceleration.defaults();
        if (cache != null) acceleration = acceleration.withCache(teaCache());
        if (cache == null && retSteps != null) {
            throw new InputException("--cache-ret-steps: expected --cache teacache with it");
        }
        requireSwitch("--delta", delta);
        requireSwitch("--average-bits", averageBits);
        requireSwitch("--bit-schedule", bitSchedule);
        requireQuantized("--activations", activations, pipeline);
        requireQuantized("--activation-scales", scales, pipeline);
        if (activations != null) acceleration = acceleration.withActivations(bits());
        return scales == null ? acceleration : acceleration.withScales(scales());
    }

    /** Why the default is what it is. */
    public Optional<String> note(VideoPipeline pipeline) {
        if (activations != null || pipeline.quantization().isEmpty()) return Optional.empty();
        return Optional.of("activations at 8 bits, since 4 are "
                + (pipeline.device().device().isCpu()
                        ? "no faster on a CPU"
                        : "faster only on Ampere and Ada, over weights without groups")
                + "; --activations chooses others");
    }

    private static void requireQuantized(String flag, String value, VideoPipeline pipeline) {
        if (value != null && pipeline.quantization().isEmpty()) {
            throw new InputException(flag + " " + value
                    + ": this model is in full precision, expected a quantized one (dvdquant quantize makes one)");
        }
    }

    private ActivationScales scales() {
        if ("16".equals(activations)) {
            throw new InputException("--activation-scales and --activations 16: expected one of them");
        }
        return Flags.naming("--activation-scales", () -> ActivationScales.parse(scales));
    }

    private void requireSwitch(String flag, Object value) {
        if (value != null && !"switch".equals(activations)) {
            throw new InputException(flag + " " + value + ": expected --activations switch with it"
                    + (activations == null ? "" : ", found --activations " + activations));
        }
    }

    private BitPlan bits() {
        return switch (activations) {
            case "switch" -> switched();
            case "16" -> new BitPlan.Full();
            case "2", "3", "4", "5", "6", "7", "8" -> new BitPlan.Fixed(Integer.parseInt(activations));
            default -> throw new InputException(
                    "--activations " + activations + ", expected a number from 2 to 8, switch or 16");
        };
    }

    private BitPlan switched() {
        if (bitSchedule != null) {
            if (delta != null) throw new InputException("--delta and --bit-schedule: expected one of them");
            return scheduled();
        }
        if (delta != null && averageBits != null) {
            throw new InputException("--delta and --average-bits: expected one of them");
        }
        if (delta != null) return Flags.naming("--delta", () -> new BitPlan.Delta(delta));
        if (averageBits != null) return Flags.naming("--average-bits", () -> new BitPlan.Average(averageBits));
        throw new InputException(
                "--activations switch: expected one of --delta, --average-bits and --bit-schedule with it");
    }

    private BitPlan scheduled() {
        Optional<Placement> placement = Arrays.stream(Placement.values())
                .filter(place -> place.toString().equals(bitSchedule)).findFirst();
        if (placement.isPresent()) {
            return Flags.naming("--average-bits", () -> new BitPlan.Placed(placement.get(),
                    averageBits == null ? USUAL_AVERAGE : averageBits));
        }
        if (!bitSchedule.matches("[48]+")) {
            throw new InputException("--bit-schedule " + bitSchedule
                    + ", expected a digit 4 or 8 a step, or first-high, last-high, both-ends or alternate");
        }
        if (averageBits != null) {
            throw new InputException("--average-bits and --bit-schedule " + bitSchedule
                    + ": expected one of them, since the digits have an average");
        }
        return new BitPlan.Pattern(bitSchedule);
    }

    private TeaCache teaCache() {
        String[] parts = cache.split("=", 2);
        OptionalDouble threshold = OptionalDouble.empty();
        try {
            if (parts.length == 2) threshold = OptionalDouble.of(Double.parseDouble(parts[1]));
        } catch (NumberFormatException _) {
            parts[0] = "";
        }
        if (!parts[0].equals("teacache")) {
            throw new InputException("--cache " + cache + ", expected teacache or teacache=X with a number X");
        }
        OptionalDouble given = threshold;
        return Flags.naming("--cache", () -> new TeaCache(given, Optional.ofNullable(retSteps)));
    }
}
