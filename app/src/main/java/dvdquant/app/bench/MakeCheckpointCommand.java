package dvdquant.app.bench;

import dvdquant.app.generate.ClipWriter;
import dvdquant.app.options.ModelOptions;
import dvdquant.measure.checkpoint.Component;
import dvdquant.measure.checkpoint.RandomCheckpoint;
import dvdquant.models.wan.WanArchitecture.Wan21;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.Callable;

/** A random checkpoint of real shapes. */
@Command(name = "make-checkpoint", description = "Write a model folder with the shapes of a published model and random weights, the same for the same seed.")
public final class MakeCheckpointCommand implements Callable<Integer> {
    @Option(names = "--like", paramLabel = "MODEL", required = true, converter = LikeConverter.class, completionCandidates = LikeConverter.Names.class, description = "Whose shapes: ${COMPLETION-CANDIDATES}.")
    private Wan21 like;

    @Option(names = "--components", paramLabel = "NAME", split = ",", description = "Which parts, separated by commas: transformer, text_encoder, vae (default: all). The scheduler always comes along, the demo model's tokenizer with the text_encoder.")
    private Set<Component> components = EnumSet.allOf(Component.class);

    @Option(names = "--dtype", paramLabel = "bf16|f32", defaultValue = "bf16", description = "Type of the weights (default: bf16); what diffusers keeps in f32 is always f32.")
    private ModelOptions.Dtype dtype;

    @Option(names = "--seed", paramLabel = "N", defaultValue = "0", description = "Seed of the weights (default: 0).")
    private long seed;

    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", required = true, description = "Where to write: a folder that is not there yet, or empty.")
    private Path output;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Path tokenizer = Path.of(System.getProperty("dvdquant.home", ".")).resolve("demo/tiny-wan/tokenizer");
        var checkpoint = new RandomCheckpoint(like.architecture(), components, dtype.type, seed, tokenizer);
        var err = spec.commandLine().getErr();
        long start = System.nanoTime();
        checkpoint.write(output, new ByteProgress(err, checkpoint.sizeBytes()));
        double seconds = ClipWriter.seconds(start);
        err.printf(Locale.ROOT, "wrote %s (%.2f GB in %.1f s, %.0f MB/s)%n", output, checkpoint.sizeBytes() / 1e9,
                seconds, checkpoint.sizeBytes() / seconds / 1e6);
        return 0;
    }
}
