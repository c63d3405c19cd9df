package dvdquant.spark.quantize;

import dvdquant.app.quantize.CalibrationOptions;
import dvdquant.app.quantize.LayerOptions;
import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.Manifest;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.core.quantize.ComponentPlan;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.spark.cluster.Cluster;
import dvdquant.spark.storage.ModelFolder;
import dvdquant.spark.storage.Storage;
import dvdquant.spark.storage.TargetFolder;
import org.apache.hadoop.fs.Path;
import org.apache.spark.package$;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Checkpoints → quantized checkpoints, on a cluster. */
@Command(name = "quantize", description = "Quantize the weights of models to 2 to 8 bits, layer by layer on a cluster; the same bytes as dvdquant quantize.")
public final class QuantizeCommand implements Callable<Integer> {
    /** Beside the components of a new folder. */
    static final String MANIFEST = "quantize.json";
    /** So that one model's last layers do not keep the others waiting. */
    private static final int MODELS_AT_ONCE = 8;

    @Parameters(index = "0", arity = "1..*", paramLabel = "MODEL", description = "Model folders in the diffusers layout: paths or addresses (s3a://…), or a pattern of them ('MODELS/*').")
    private List<String> models;

    @Option(names = {"-o", "--output"}, paramLabel = "OUT", required = true, description = "The new model folder; of several models, or of a pattern, the folder of the new ones, each under its name.")
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

    /**
     * A model that can be quantized.
     *
     * @param target of it
     */
    private record Planned(ModelFolder model, Path target, ModelRecipe recipe, List<ComponentPlan> plans,
            OtherFiles others) {}

    @Override
    public Integer call() throws InterruptedException {
        Recipe recipe = layers.recipe();
        calibration.requireFits(recipe);
        if (recipe.needsCalibration()) {
            throw new InputException("--method " + recipe.method().label()
                    + ": it needs calibration, expected a method without on a cluster");
        }
        Storage storage = Storage.ofDriver();
        SequencedMap<Path, Path> targets = targets(storage);
        var failed = new LinkedHashMap<Path, String>();
        var planned = new ArrayList<Planned>();
        try (var status = new StatusLine(spec.commandLine().getErr(), quiet)) {
            for (var one : targets.entrySet()) {
                try {
                    planned.add(plan(storage, one.getKey(), one.getValue()));
                } catch (InputException e) {
                    if (targets.size() == 1) throw e;
                    fail(one.getKey(), e, failed, status);
                }
            }
            if (!planned.isEmpty()) quantize(storage, planned, failed, status);
        } finally {
            planned.forEach(one -> one.model.close());
        }
        if (failed.isEmpty()) return 0;
        throw new InputException(failed.size() + " of " + targets.size() + " models were not quantized: "
                + String.join(", ", failed.keySet().stream().map(Path::toString).toList()));
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

    private Planned plan(Storage storage, Path address, Path target) {
        ModelFolder model = ModelFolder.open(storage, address);
        try {
            return model.naming(() -> {
                ModelRecipe recipe = layers.of(model.path());
                SequencedMap<String, LayerSelection> components = layers.components(recipe);
                requireTarget(storage, model, target, recipe, components);
                return new Planned(model, target, recipe,
                        ComponentPlan.of(recipe.recipe(), components, model.sources(), model.path()),
                        OtherFiles.of(storage, address, except(components)));
            });
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static HashSet<String> except(SequencedMap<String, LayerSelection> components) {
        var except = new HashSet<>(components.keySet());
        except.add(MANIFEST); // of how the model itself came to be
        return except;
    }

    private void requireTarget(Storage storage, ModelFolder model, Path target, ModelRecipe recipe,
            SequencedMap<String, LayerSelection> components) {
        var local = Storage.local(target);
        if (link && (local.isEmpty() || Storage.local(model.address()).isEmpty())) {
            throw new InputException("--link: " + model.address() + " and " + target
                    + " are not both on local disks, expected without it");
        }
        if (local.isPresent()) {
            Quantizer.check(recipe.recipe(), components, model.sources(), model.path(), local.get());
            return;
        }
        if ((target + "/").startsWith(model.address() + "/")) {
            throw new InputException("cannot write " + target + ": it is inside the model " + model.address()
                    + ", expected a folder outside");
        }
        try {
            TargetFolder.requireFree(storage, target);
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    private void quantize(Storage storage, List<Planned> planned, Map<Path, String> failed, StatusLine status)
            throws InterruptedException {
        try (var cluster = Cluster.open("dvdquant quantize");
                var drivers = Executors.newFixedThreadPool(Math.min(planned.size(), MODELS_AT_ONCE))) {
            List<ModelRun> runs = planned.stream()
                    .map(one -> new ModelRun(cluster, storage, one.model, one.target, one.plans, Optional.empty(),
                            one.others, link, seconds -> manifest(one, cluster, seconds)))
                    .toList();
            var progress = new SharedProgress(runs.stream().mapToLong(ModelRun::weights).sum(), status);
            List<Future<?>> futures = new ArrayList<>();
            for (ModelRun run : runs) {
                futures.add(drivers.submit(() -> progress.say(wrote(run, run.run(progress::add)))));
            }
            for (int i = 0; i < runs.size(); i++) {
                await(futures.get(i), runs.get(i), failed, planned.size() + failed.size() > 1, status);
            }
        }
    }

    private void await(Future<?> future, ModelRun run, Map<Path, String> failed, boolean several, StatusLine status)
            throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof RuntimeException cause)) throw new IllegalStateException(e.getCause());
            if (!several) throw cause;
            fail(run.model().address(), cause, failed, status);
        }
    }

    private static void fail(Path model, RuntimeException e, Map<Path, String> failed, StatusLine status) {
        failed.put(model, e.getMessage());
        synchronized (status) {
            status.warn(e.getMessage());
        }
    }

    private byte[] manifest(Planned one, Cluster cluster, double seconds) {
        return new Manifest().put("model", one.model.address().toString())
                .put("method", LayerOptions.label(one.recipe.recipe())).put("device", "cpu")
                .put("spark", package$.MODULE$.SPARK_VERSION()).put("master", cluster.context().master())
                .put("quantize_seconds", seconds)
                .putArguments(spec.commandLine().getParseResult().originalArgs()).bytes();
    }

    private static String wrote(ModelRun run, ModelRun.Finished done) {
        return String.format(Locale.ROOT,
                "wrote %s: %d layers, %,d weights at %.2f bits each, in %.1f s; the transformer is %.3f of its size (%,d bytes)",
                run.target(), done.size().layers(), done.size().inLayers().weights(), done.size().bitsAWeight(),
                done.seconds(), (double) done.size().bytes() / done.bytesBefore(), done.size().bytes());
    }

    /** Of all models together, told by several threads. */
    private static final class SharedProgress {
        private final long total;
        private final StatusLine status;
        private final AmountProgress bar;
        private long done;

        SharedProgress(long total, StatusLine status) {
            this.total = total;
            this.status = status;
            this.bar = new AmountProgress("quantize", Unit.WEIGHTS, status);
        }

        void add(long weights) {
            synchronized (status) {
                done += weights;
                bar.show(done, total);
            }
        }

        void say(String line) {
            synchronized (status) {
                status.say(line);
            }
        }
    }
}
