package dvdquant.spark.quantize;

import dvdquant.app.quantize.CalibrationClips;
import dvdquant.core.InputException;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.ComponentPlan;
import dvdquant.core.safetensors.ShardPlan;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.spark.cluster.Cluster;
import dvdquant.spark.cluster.ClusterTask;
import dvdquant.spark.storage.ModelFolder;
import dvdquant.spark.storage.Storage;
import dvdquant.spark.storage.TargetFolder;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.LongConsumer;
import java.util.stream.Collectors;

/**
 * One checkpoint on its way, on the driver.
 *
 * @param clips to calibrate with, where the method needs that
 * @param links whether its other files are linked
 * @param manifest of the new folder
 */
record ModelRun(Cluster cluster, Storage storage, PlannedModel planned, Optional<CalibrationClips> clips, boolean links,
        ManifestText manifest) {
    /** Where tasks write to, in the staged folder. */
    private static final String PARTS = ".parts";
    /** Work enough that Spark's few milliseconds a task do not count; a core has it done in a tenth of a second. */
    private static final long MOST_WEIGHTS_A_TASK = 16_000_000;
    /** Of a small model, so that its last task keeps the others of the cluster waiting for little. */
    private static final int TASKS_A_CORE = 4;
    /** Of a layer: above any model's that there is today, divided where there is one. */
    private static final long MOST_WEIGHTS_A_PIECE = 128_000_000;
    private static final int DELETIONS = 20;

    /** The text of a manifest. */
    @FunctionalInterface
    interface ManifestText {
        byte[] after(double seconds, SeenActivations seen);
    }

    /** What it came to. */
    record Finished(CheckpointSize size, long bytesBefore, double seconds) {}

    long weights() {
        return planned.plans().stream().mapToLong(ComponentPlan::elements).sum();
    }

    /**
     * Quantizes it.
     *
     * @param progress told of weights that are done
     * @throws InputException if something is wrong with the model
     * @throws dvdquant.spark.cluster.TaskFailedException if the cluster could not do it
     */
    Finished run(LongConsumer progress) {
        SeenActivations seen = clips.map(this::calibrate).orElse(SeenActivations.NONE);
        long start = System.nanoTime();
        try (var folder = TargetFolder.begin(storage, target(), cluster.context().sc().applicationId())) {
            var parts = new Path(folder.staged(), PARTS);
            storage.files(parts).mkdirs(parts);
            Broadcast<ModelFacts> facts = cluster.share(facts(parts, seen));
            try {
                write(facts, folder.staged(), progress);
            } finally {
                facts.destroy();
            }
            deleteParts(parts);
            double seconds = (System.nanoTime() - start) / 1e9;
            write(new Path(folder.staged(), QuantizeCommand.MANIFEST), manifest.after(seconds, seen));
            folder.commit();
            CheckpointSize size = planned.plans().stream().map(ComponentPlan::size).reduce(CheckpointSize.NONE,
                    CheckpointSize::plus);
            long before = planned.plans().stream().flatMap(plan -> plan.tensors().stream())
                    .mapToLong(TensorSpec::sizeBytes)
                    .sum();
            return new Finished(size, before, seconds);
        } catch (IOException e) {
            throw new InputException("cannot write " + Storage.shown(target()) + ": " + e.getMessage(), e);
        }
    }

    private SeenActivations calibrate(CalibrationClips with) {
        var task = new CalibrationTask(Storage.local(model().address()).orElseThrow().toString(), with);
        var seen = new AtomicReference<SeenActivations>();
        cluster.<CalibrationTask.Result>run("calibrate " + name(), "sample clips of " + name(), List.of(task),
                result -> {
                    if (result.refused() != null) throw new InputException(result.refused());
                    seen.set(result.seen());
                });
        return seen.get();
    }

    ModelFolder model() {
        return planned.model();
    }

    Path target() {
        return planned.target();
    }

    private String name() {
        return model().address().getName();
    }

    private ModelFacts facts(Path parts, SeenActivations seen) {
        var components = new HashMap<String, ModelFacts.Component>();
        for (ComponentPlan plan : planned.plans()) {
            components.put(plan.name(), new ModelFacts.Component(new Path(model().address(), plan.name()).toString(),
                    plan.config(), seen.of(plan.name())));
        }
        return new ModelFacts(Storage.shown(model().address()), parts.toString(), components);
    }

    private void write(Broadcast<ModelFacts> facts, Path staged, LongConsumer progress) throws IOException {
        var written = new ArrayList<Outcome.WrittenFile>();
        Map<String, List<Extent>> made = make(facts, written, progress);
        var files = new ArrayList<FileTask>();
        for (ComponentPlan plan : planned.plans()) {
            storage.files(staged).mkdirs(new Path(staged, plan.name()));
            for (ShardPlan.File file : plan.files().files()) {
                files.add(new FileTask(facts, plan.name() + "/" + file.name(), file.header(),
                        file.tensors().stream().flatMap(tensor -> extents(tensor, plan.name(), made).stream())
                                .toList()));
            }
        }
        cluster.<Outcome>run("quantize " + name(), "write the files of " + name(), files,
                outcome -> take(outcome, written));
        for (Outcome.WrittenFile file : written) {
            place(file, staged);
        }
        for (ComponentPlan plan : planned.plans()) {
            var folder = new Path(staged, plan.name());
            write(new Path(folder, "config.json"), plan.config().getBytes(StandardCharsets.UTF_8));
            Optional<byte[]> index = plan.files().index();
            if (index.isPresent()) write(new Path(folder, plan.files().indexName()), index.get());
        }
        if (links) planned.others().link(staged);
    }

    /** What the layers' tasks make, by component and tensor, in the order of their pieces. */
    private Map<String, List<Extent>> make(Broadcast<ModelFacts> facts,
            List<Outcome.WrittenFile> written, LongConsumer progress) {
        var weights = cluster.counter("weights of " + name());
        var tasks = new ArrayList<ClusterTask<Outcome>>();
        long inTask = Math.min(MOST_WEIGHTS_A_TASK, Math.ceilDiv(weights(), TASKS_A_CORE * cluster.cores()));
        for (ComponentPlan plan : planned.plans()) {
            LayerTask.grouped(plan.pieces(MOST_WEIGHTS_A_PIECE), inTask)
                    .forEach(pieces -> tasks.add(new LayerTask(facts, tasks.size(), plan.name(), pieces, weights)));
        }
        var layers = new Outcome.Made[tasks.size()];
        if (!links) planned.others().tasks(facts).forEach(tasks::add);
        cluster.run("quantize " + name(), "quantize the layers of " + name(), tasks, outcome -> {
            if (outcome instanceof Outcome.Made one) {
                layers[one.task()] = one;
                progress.accept(one.weights());
            } else {
                take(outcome, written);
            }
        });
        var made = new HashMap<String, List<Extent>>();
        for (int i = 0; i < layers.length; i++) {
            String component = ((LayerTask) tasks.get(i)).component();
            for (Extent extent : layers[i].extents()) {
                made.computeIfAbsent(component + "/" + extent.tensor(), _ -> new ArrayList<>()).add(extent);
            }
        }
        return made;
    }

    private static List<Extent> extents(TensorSpec tensor, String component, Map<String, List<Extent>> made) {
        List<Extent> extents = made.getOrDefault(component + "/" + tensor.name(), List.of());
        long bytes = extents.stream().mapToLong(Extent::length).sum();
        if (bytes != tensor.sizeBytes()) {
            throw new IllegalStateException(component + ", tensor '" + tensor.name() + "': " + bytes
                    + " bytes were made, expected " + tensor.sizeBytes());
        }
        return extents;
    }

    private void take(Outcome outcome, List<Outcome.WrittenFile> written) {
        switch (outcome) {
            case Outcome.Refused(String message) -> throw new InputException(message);
            case Outcome.Written(var files) -> written.addAll(files);
            case Outcome.Made made -> throw new IllegalStateException("unexpected: " + made);
        }
    }

    private void place(Outcome.WrittenFile file, Path staged) throws IOException {
        var from = new Path(file.file());
        var to = new Path(staged, file.name());
        FileSystem files = storage.files(to);
        long found = storage.status(from).map(status -> status.getLen()).orElse(-1L);
        if (found != file.length()) {
            throw new IOException(from + (found < 0
                    ? " is not there"
                    : " has " + found + " bytes, expected "
                            + file.length())
                    + ": it must be storage that the driver and all executors share");
        }
        files.mkdirs(to.getParent());
        if (!files.rename(from, to)) throw new IOException(from + " cannot be renamed to " + to);
    }

    private void write(Path file, byte[] bytes) throws IOException {
        try (FSDataOutputStream out = storage.create(file)) {
            out.write(bytes);
        }
    }

    /** A task that was given up may write still. */
    private void deleteParts(Path parts) throws IOException {
        for (int i = 1;; i++) {
            try {
                storage.files(parts).delete(parts, true);
                return;
            } catch (IOException e) {
                if (i == DELETIONS) throw e;
            }
        }
    }
}
