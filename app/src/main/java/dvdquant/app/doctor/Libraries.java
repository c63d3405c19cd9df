package dvdquant.app.doctor;

import dvdquant.core.format.ElementType;
import dvdquant.core.io.Reasons;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.models.text.token.PromptTokenizer;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.video.FfmpegInfo;
import dvdquant.video.FfmpegInfo.Encoder;
import dvdquant.video.VideoFormat;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/** The native libraries: whether they load, and a trial of each. */
final class Libraries {
    private static final String REINSTALL = "; the jars may be incomplete: remove app/target and run again";

    /** Tokens, channels and outputs of a trial. */
    private static final int TRIAL = 64;

    private Libraries() {}

    /**
     * @param libtorch its version, as {@code onednn} its
     * @param home where the demo model is
     */
    static List<Finding> findings(String libtorch, String onednn, Path home) {
        var findings = new ArrayList<Finding>();
        findings.add(attempt("libtorch", () -> libtorch(libtorch)));
        findings.add(attempt("products", () -> products(onednn)));
        findings.addAll(ffmpeg());
        findings.add(attempt("tokenizers", () -> tokenizers(home.resolve("demo/tiny-wan/tokenizer"))));
        return findings;
    }

    /** Loading a native library fails with an error, trying it with an exception; both are findings here. */
    private static Finding attempt(String subject, Supplier<Finding> trial) {
        try {
            return trial.get();
        } catch (LinkageError | RuntimeException e) {
            return Finding.missing(subject, "does not work: " + reason(e) + REINSTALL);
        }
    }

    private static String reason(Throwable e) {
        return Reasons.innermost(e.getCause() instanceof LinkageError cause ? cause : e);
    }

    private static Finding libtorch(String version) {
        try (var _ = TensorScope.open()) {
            Tensor square = Tensor.ofFloats(new float[]{1, 2, 3, 4}, 2, 2);
            boolean right = square.matmul(square).toFloats()[3] == 22;
            if (!right) return Finding.missing("libtorch", version + " gives a wrong product");
        }
        return Finding.ok("libtorch", version + ", " + NativeThreads.count() + " threads");
    }

    /** A product in each type that the program computes in, the way that this processor makes it, against plain loops. */
    private static Finding products(String version) {
        try (var device = CpuDevice.open(); var _ = TensorScope.open()) {
            var wrong = new ArrayList<String>();
            for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
                Tensor ones = Tensor.zeros(type, TRIAL, TRIAL).add(1);
                if (device.kernels().linear(ones, ones, null).toFloats()[0] != TRIAL) wrong.add(type.toString());
            }
            if (!sumsAreExact(device)) wrong.add("8-bit integers");
            if (!packedSumsAreExact(device)) wrong.add("4-bit weights");
            return wrong.isEmpty()
                    ? Finding.ok("products",
                            "of f32, bf16, 8-bit integers and 4-bit weights are right (oneDNN " + version + ")")
                    : Finding.missing("products",
                            "of " + String.join(", ", wrong) + " are wrong (oneDNN " + version + ")");
        }
    }

    /** With the largest codes, whose sums need more than 16 bits at once. */
    private static boolean sumsAreExact(ComputeDevice device) {
        Tensor codes = Tensor.empty(ElementType.I8, TRIAL, TRIAL);
        for (long i = 0; i < codes.segment().byteSize(); i++) {
            codes.segment().set(ValueLayout.JAVA_BYTE, i, (byte) (127 - i * 7 % 256));
        }
        byte[] bytes = codes.segment().toArray(ValueLayout.JAVA_BYTE);
        var ones = new float[TRIAL];
        Arrays.fill(ones, 1);
        try (var weights = device.weights().quantizedWeights(codes.segment(), ones, null)) {
            float[] sums = device.kernels()
                    .linear(new QuantizedRows(codes, Tensor.ofFloats(ones, TRIAL)), weights, ElementType.F32)
                    .toFloats();
            return IntStream.range(0, sums.length).allMatch(i -> sums[i] == sum(bytes, i / TRIAL, i % TRIAL));
        }
    }

    /** Codes 15, zero points 0 and multipliers 1, as they are multiplied fastest. */
    private static boolean packedSumsAreExact(ComputeDevice device) {
        var scheme = new WeightScheme(new CodeRange(4), Rounding.MINMAX, new GroupSize.Multiples(TRIAL),
                new Rotation.None());
        Tensor codes = Tensor.empty(ElementType.I8, TRIAL, TRIAL);
        codes.segment().fill((byte) -128);
        var ones = new float[TRIAL];
        Arrays.fill(ones, 1);
        try (var memory = Arena.ofShared()) {
            PackedWeight packed = PackedWeight.allocate(memory, TRIAL, TRIAL, scheme);
            packed.codes().fill((byte) 0xFF);
            for (long row = 0; row < TRIAL; row++) {
                packed.scales().set(ValueLayout.JAVA_FLOAT_UNALIGNED, row * Float.BYTES, 1);
            }
            try (var weights = device.weights().packedWeights(packed, null)) {
                float[] sums = device.kernels()
                        .linear(new QuantizedRows(codes, Tensor.ofFloats(ones, TRIAL)), weights, ElementType.F32)
                        .toFloats();
                return IntStream.range(0, sums.length).allMatch(i -> sums[i] == -128 * 15 * TRIAL);
            }
        }
    }

    private static int sum(byte[] codes, int row, int otherRow) {
        return IntStream.range(0, TRIAL).map(k -> codes[row * TRIAL + k] * codes[otherRow * TRIAL + k]).sum();
    }

    private static List<Finding> ffmpeg() {
        FfmpegInfo info;
        try {
            info = FfmpegInfo.probe();
        } catch (LinkageError | RuntimeException e) {
            return List.of(Finding.missing("ffmpeg", "cannot be loaded: " + reason(e) + REINSTALL));
        }
        String encoders = info.encoders().stream().filter(Encoder::available)
                .map(encoder -> ending(encoder) + " by " + encoder.name()).collect(Collectors.joining(", "));
        var findings = new ArrayList<>(List.of(
                Finding.ok("ffmpeg", info.version() + " (" + info.license() + "), writes " + encoders)));
        info.encoders().stream().filter(encoder -> !encoder.available()).map(encoder -> Finding.warn("ffmpeg",
                ending(encoder) + " cannot be written: this build has no " + encoder.name())).forEach(findings::add);
        return findings;
    }

    private static String ending(Encoder encoder) {
        return encoder.format() == VideoFormat.FRAMES ? "frames" : encoder.format().name().toLowerCase(Locale.ROOT);
    }

    private static Finding tokenizers(Path folder) {
        if (!Files.isDirectory(folder)) {
            return Finding.warn("tokenizers",
                    "not tried: the demo model is not at " + folder + "; run the dvdquant script of a checkout");
        }
        try (var tokenizer = PromptTokenizer.open(folder)) {
            int tokens = tokenizer.encode("a red circle", _ -> {}).length;
            return Finding.ok("tokenizers", "\"a red circle\" is " + tokens + " tokens of the demo model");
        }
    }
}
