package dvdquant.app.doctor;

import dvdquant.core.io.Reasons;
import dvdquant.models.text.token.PromptTokenizer;
import dvdquant.tensor.ProductTrial;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.video.FfmpegInfo;
import dvdquant.video.FfmpegInfo.Encoder;
import dvdquant.video.VideoFormat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The native libraries: whether they load, and a trial of each. */
final class Libraries {
    private static final String REINSTALL = "; the jars may be incomplete: remove app/target and run again";

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

    /** A product in each type that the program computes in, the way that this processor makes it. */
    private static Finding products(String version) {
        try (var device = CpuDevice.open()) {
            List<String> wrong = ProductTrial.wrong(device);
            return wrong.isEmpty()
                    ? Finding.ok("products",
                            "of f32, bf16, 8-bit integers and 4-bit weights are right (oneDNN " + version + ")")
                    : Finding.missing("products",
                            "of " + String.join(", ", wrong) + " are wrong (oneDNN " + version + ")");
        }
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
