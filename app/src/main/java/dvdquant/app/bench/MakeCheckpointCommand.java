package dvdquant.app.bench;

import dvdquant.app.generate.ClipWriter;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.options.ProgramFolder;
import dvdquant.app.options.ThreadOptions;
import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import dvdquant.measure.Published;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;

/** A random checkpoint of real shapes. */
@Command(name = "make-checkpoint", description = "Write a model folder with the shapes of a published model and random weights, the same for the same seed.")
public final class MakeCheckpointCommand implements Callable<Integer> {
    private static final int USUAL_BITS = 4;

    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    private Published like;

    @Option(names = "--components", paramLabel = "NAME", split = ",", description = "Which parts, separated by commas: transformer, transformer_2 (of Wan2.2 A14B), text_encoder, text_encoder_2 (of HunyuanVideo), image_encoder (of Wan2.1 image to video), vae (default: all). The scheduler always comes along, the demo model's tokenizer with a text encoder, the settings of images with an image encoder.")
    private Set<String> components;

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "Type of the weights (default: bf16); what diffusers keeps in f32 is always f32.")
    private ModelOptions.Dtype dtype;

    @Option(names = "--quantized", description = "Write the transformers as 'quantize' would make them, byte for byte, without writing it in full precision before.")
    private boolean quantized;

    @Mixin
    private ThreadOptions threads;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights (default: 0).")
    private long seed;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", required = true, description = "Where to write: a folder that is not there yet, or empty.")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path demo = ProgramFolder.resolve("demo").resolve(like.demo());
        var checkpoint = components == null
                ? RandomCheckpoint.whole(like.architecture(), dtype.type, seed, demo)
                : new RandomCheckpoint(like.architecture(), components, dtype.type, seed, demo);
        if (!quantized && threads.given().isPresent()) {
            throw new InputException("--threads " + threads.count() + ": expected --quantized with it");
        }
        if (quantized) {
            writeQuantized(checkpoint);
        } else {
            write(checkpoint);
        }
        return 0;
    }

    private void write(RandomCheckpoint checkpoint) {
        long start = System.nanoTime();
        try (var status = new StatusLine(spec.commandLine().getErr(), false)) {
            checkpoint.write(output, new AmountProgress("write", Unit.BYTES, status)::show);
        }
        double seconds = ClipWriter.seconds(start);
        spec.commandLine().getErr().printf(Locale.ROOT, "wrote %s (%.2f GB in %.1f s, %.0f MB/s)%n", output,
                checkpoint.sizeBytes() / 1e9, seconds, checkpoint.sizeBytes() / seconds / 1e6);
    }

    private void writeQuantized(RandomCheckpoint checkpoint) {
        long start = System.nanoTime();
        Recipe recipe = Method.DVD_QUANT.recipe(USUAL_BITS);
        CheckpointSize size;
        try (var status = new StatusLine(spec.commandLine().getErr(), false)) {
            size = checkpoint.writeQuantized(output, recipe, threads.count(),
                    new AmountProgress("quantize", Unit.WEIGHTS, status),
                    () -> new AmountProgress("write", Unit.BYTES, status)::show);
        }
        spec.commandLine().getErr().printf(Locale.ROOT,
                "wrote %s (%,d weights quantized at %.2f bits each, in %.1f s; the transformers have %.2f GB)%n",
                output,
                size.inLayers().weights(), size.bitsAWeight(), ClipWriter.seconds(start), size.bytes() / 1e9);
    }
}
