package dvdquant.spark.quantize;

import dvdquant.app.quantize.CalibrationClips;
import dvdquant.app.quantize.CalibrationOptions;
import dvdquant.app.quantize.LayerOptions;
import dvdquant.app.text.Manifest;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.core.quantize.Recipe;
import dvdquant.spark.cluster.Cluster;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.Path;
import org.apache.spark.package$;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;

/** Checkpoints → quantized checkpoints, on a cluster. */
@Command(name = "quantize", description = "Quantize the weights of models to 2 to 8 bits, layer by layer on a cluster; the same bytes as dvdquant quantize.")
public final class QuantizeCommand implements Callable<Integer> {
    /** Beside the components of a new folder. */
    static final String MANIFEST = "quantize.json";

    @Parameters(index = "0", arity = "1..*", paramLabel = "MODEL", description = "Model folders in the diffusers layout: paths or addresses (s3a://…), or a pattern of them ('MODELS/*').")
    private List<String> models;

    @Option(names = {"-o",
            "--output"}, paramLabel = "OUT", required = true, description = "The new model folder; of several models, or of a pattern, the folder of the new ones, each under its name.")
    private String output;

    @Mixin
    private LayerOptions layers;

    @Mixin
    private CalibrationOptions calibration;

    @Option(names = "--link", description = "Link the other components instead of copying them.")
    private boolean link;

    @Option(names = {"-q", "--quiet"}, description = "Print errors and warnings only.")
    private boolean quiet;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() throws InterruptedException {
        Recipe recipe = layers.recipe();
        calibration.requireFits(recipe);
        Optional<CalibrationClips> clips = recipe.needsCalibration()
                ? Optional.of(calibration.clips())
                : Optional.empty();
        clips.ifPresent(CalibrationClips::facts); // whether they can be read
        Storage storage = Storage.ofDriver();
        SequencedMap<Path, Path> targets = targets(storage);
        var planned = new ArrayList<PlannedModel>();
        try (var status = new StatusLine(spec.commandLine().getErr(), quiet)) {
            var runs = new ModelRuns(targets.size(), status);
            targets.forEach((model, target) -> {
                try {
                    planned.add(PlannedModel.of(storage, model, target, layers, link));
                } catch (InputException e) {
                    runs.fail(model, e);
                }
            });
            if (!planned.isEmpty()) quantize(storage, planned, clips, runs);
            runs.requireAll();
        } finally {
            planned.forEach(PlannedModel::close);
        }
        return 0;
    }

    /** By model. */
    private SequencedMap<Path, Path> targets(Storage storage) {
        Path out = storage.address(output);
        boolean several = models.size() > 1 || Storage.isGlob(models.getFirst());
        var targets = new LinkedHashMap<Path, Path>();
        var names = new HashSet<String>();
        for (String text : models) {
            for (Path model : Storage.isGlob(text) ? storage.folders(text) : List.of(storage.address(text))) {
                if (!names.add(model.getName())) {
                    throw new InputException("two models are called " + model.getName()
                            + ", expected different names, by which their targets are called");
                }
                targets.put(model, several ? new Path(out, model.getName()) : out);
            }
        }
        return targets;
    }

    private void quantize(Storage storage, List<PlannedModel> planned, Optional<CalibrationClips> clips, ModelRuns runs)
            throws InterruptedException {
        try (var cluster = Cluster.open("dvdquant quantize")) {
            runs.run(planned.stream().map(one -> new ModelRun(cluster, storage, one, clips, link,
                    (seconds, seen) -> manifest(one, cluster, seconds, seen))).toList());
        }
    }

    private byte[] manifest(PlannedModel one, Cluster cluster, double seconds, SeenActivations seen) {
        Manifest manifest = new Manifest().put("model", Storage.shown(one.model().address()))
                .put("method", LayerOptions.label(one.recipe().recipe())).put("device", "cpu")
                .put("spark", package$.MODULE$.SPARK_VERSION()).put("master", cluster.context().master())
                .put("quantize_seconds", seconds);
        if (!seen.isNone()) {
            manifest.put("calibration",
                    Map.of("prompts", calibration.clips().facts(), "seconds", seen.seconds()));
        }
        return manifest.putArguments(spec.commandLine().getParseResult().originalArgs()).bytes();
    }
}
