package dvdquant.benchmarks;

import dvdquant.app.bench.BenchModelOptions;
import dvdquant.app.bench.BenchOptions;
import dvdquant.app.text.Manifest;
import dvdquant.core.InputException;
import dvdquant.measure.Timing;
import dvdquant.models.pipeline.MemoryPlan;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.wan.WanTransformer;
import dvdquant.tensor.cpu.CpuDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Locale;
import java.util.concurrent.Callable;

/** The text encoder. */
@Command(name = "encode", description = "Time a model's text encoder on one prompt, the reading of its weights included. Refuses to report where other programs use its cores, unless with --busy-ok.")
public final class BenchEncodeCommand implements Callable<Integer> {
    @Mixin
    private BenchModelOptions model;

    @Option(names = "--tokens", paramLabel = "N", defaultValue = "512", description = "Tokens of the prompt (default: 512, the most that a prompt can have).")
    private int tokens;

    @Option(names = "--eight-bit", description = "Quantize its matrices to 8 bits while they are loaded, as generate does with --text-encoder-bits 8.")
    private boolean eightBit;

    @Mixin
    private BenchOptions options;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (tokens < 1 || tokens > WanTransformer.TEXT_TOKENS) {
            throw new InputException("--tokens " + tokens + ", expected 1 to " + WanTransformer.TEXT_TOKENS);
        }
        Path encoder = model.component("text_encoder");
        var precision = new EncoderPrecision(model.type(), eightBit);
        var runs = model.runs();
        options.requireOutside(model.folder);
        options.begin(true);
        EncodeBenchmark result;
        try (var device = CpuDevice.open()) {
            result = EncodeBenchmark.run(encoder, precision, tokens, runs, device);
        }
        PrintWriter out = spec.commandLine().getOut();
        options.requireQuiet(result, out);
        Timing encoding = result.encoding();
        out.printf(Locale.ROOT,
                "a prompt of %d tokens, computed in %s: median %.1f s (%.1f to %.1f), peak memory (VmHWM) %s%n",
                tokens, eightBit ? "8 bits" : model.type(), encoding.medianMillis() / 1e3, encoding.bestMillis() / 1e3,
                encoding.worstMillis() / 1e3, MemoryPlan.gib(result.peakBytes()));
        BenchOptions.printOthers(result, out);
        Manifest manifest = options.manifest(spec).put("model", model.folder.toString())
                .put("dtype", model.type().name()).put("eight_bit", eightBit)
                .put("tokens", tokens).put("encoding", encoding).put("peak_resident_bytes", result.peakBytes());
        options.write(BenchOptions.putOthers(manifest, result));
        return 0;
    }
}
