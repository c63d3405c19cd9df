package dvdquant.models.quantize;

import dvdquant.core.InputException;
import dvdquant.core.format.NonFinite;
import dvdquant.core.format.Shape;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.weights.QuantizedFormat;
import dvdquant.models.weights.TensorLayout;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/**
 * Quantizes the transformer of a model folder into a new model folder, from file to file: a tensor is read where it is mapped,
 * quantized by several threads, written, and let go. Memory for a few of the largest tensors only.
 *
 * @param recipe what is done to them
 * @param calibration what was seen of the activations, for a recipe that needs it
 * @param include patterns of layers, in place of the model's own, if there are any; {@code exclude} takes some out
 * @param threads to quantize with
 * @param links whether the other components are linked instead of copied
 */
public record Quantizer(Recipe recipe, Optional<CalibrationData> calibration, List<Pattern> include,
        List<Pattern> exclude, int threads, boolean links) {
    private static final String TRANSFORMER = "transformer";
    private static final String STEM = "diffusion_pytorch_model";
    /**
     * So many by one thread at first: until the JVM has compiled the loops they are hundreds of times slower, and its compiler needs
     * a core more than they do.
     */
    private static final long WARM_UP_WEIGHTS = 10_000_000;

    /**
     * @throws InputException if the recipe needs calibration and there is none
     */
    public Quantizer {
        if (recipe.needsCalibration() && calibration.isEmpty()) {
            throw new InputException(recipe.method().label() + " needs calibration: activations that were seen of the "
                    + "model in full precision");
        }
    }

    /** Without calibration. */
    public Quantizer(Recipe recipe, int threads, boolean links) {
        this(recipe, Optional.empty(), List.of(), List.of(), threads, links);
    }

    /** Told after each tensor how many of the weights are done; may throw to stop. */
    @FunctionalInterface
    public interface Progress {
        void weightsDone(long done, long total);
    }

    /**
     * Checks what can be told before a calibration, which takes long: the model, the layers, the target.
     *
     * @throws InputException as {@link #run}
     */
    public static void check(Recipe recipe, List<Pattern> include, List<Pattern> exclude, Path model, Path target) {
        JsonFile config = QuantizedFormat.requireFullPrecision(model);
        requireOutside(model, target);
        StagedPath.folderBeside(target).close();
        try (var checkpoint = Checkpoint.open(model.resolve(TRANSFORMER))) {
            layers(recipe, include, exclude, config, checkpoint);
        }
    }

    /**
     * @param target a folder that is not there yet, or is empty; it appears when it is complete
     * @return what came of it
     * @throws InputException if the model cannot be quantized as asked, or the target cannot be written
     */
    public CheckpointSize run(Path model, Path target, Progress progress) {
        JsonFile config = QuantizedFormat.requireFullPrecision(model);
        requireOutside(model, target);
        try (var staged = StagedPath.folderBeside(target);
                var checkpoint = Checkpoint.open(model.resolve(TRANSFORMER))) {
            QuantizedFormat format = recipe.format(layers(recipe, include, exclude, config, checkpoint));
            OtherFiles.carry(model, staged.path(), TRANSFORMER, links);
            Path folder = Files.createDirectory(staged.path().resolve(TRANSFORMER));
            ConfigWriter.write(config.path(), format, folder.resolve("config.json"));
            long bytes = write(checkpoint, format, folder, progress);
            CheckpointSize size = CheckpointSize.of(CheckpointSize.shapes(checkpoint), format, bytes);
            staged.commit();
            return size;
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }

    /** The other files are copied while the target is written: inside the model it would take in a part of itself. */
    private static void requireOutside(Path model, Path target) {
        try {
            Path real = model.toRealPath();
            Path existing = target.toAbsolutePath().normalize();
            while (!Files.exists(existing)) {
                existing = existing.getParent();
            }
            for (Path at = existing.toRealPath(); at != null; at = at.getParent()) {
                if (at.equals(real)) {
                    throw new InputException("cannot write " + target + ": it is inside the model " + model
                            + ", expected a folder outside");
                }
            }
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }

    /** The selected layers, checked: a weight that cannot be quantized is an error, and not left out. */
    private static TreeSet<String> layers(Recipe recipe, List<Pattern> include, List<Pattern> exclude, JsonFile config,
            Checkpoint checkpoint) {
        LayerSelection selection = LayerSelection.of(config).with(include, exclude);
        var idle = new LinkedHashSet<Pattern>(include);
        idle.addAll(exclude);
        var layers = new TreeSet<String>();
        for (StoredTensor tensor : checkpoint.tensors().values()) {
            Optional<String> layer = TensorLayout.layerOf(tensor.name());
            if (layer.isEmpty()) continue;
            idle.removeIf(pattern -> pattern.matcher(layer.get()).matches());
            if (!selection.selects(layer.get())) continue;
            requireQuantizable(recipe, tensor);
            layers.add(layer.get());
        }
        if (!idle.isEmpty()) {
            throw new InputException(config.path().getParent() + ": no layer's name is matched by '"
                    + idle.getFirst() + "', expected a pattern for the whole name, as in '.*\\.ffn\\..*'");
        }
        if (layers.isEmpty())
            throw new InputException(config.path().getParent() + ": no layer is selected to be quantized");
        return layers;
    }

    private static void requireQuantizable(Recipe recipe, StoredTensor tensor) {
        Shape shape = tensor.shape();
        String where = tensor.file() + ": tensor '" + tensor.name() + "'";
        if (shape.rank() != 2 || shape.elements() == 0 || !LayerWeights.reads(tensor.type())) {
            throw new InputException(
                    where + " is " + tensor.type() + " " + shape + ", expected BF16, F16 or F32 [out, in]");
        }
        try {
            recipe.format(Set.of()).requireFits(shape.dim(0), shape.dim(1));
        } catch (IllegalArgumentException e) {
            throw new InputException(where + " " + shape + ": " + e.getMessage(), e);
        }
    }

    /** @return what it wrote */
    private long write(Checkpoint checkpoint, QuantizedFormat format, Path folder, Progress progress) {
        var specs = new ArrayList<TensorSpec>();
        long total = 0;
        for (StoredTensor tensor : checkpoint.tensors().values()) {
            specs.addAll(specs(tensor, format));
            total += tensor.shape().elements();
        }
        long weights = 0;
        long done = 0;
        var pool = new ThreadPoolExecutor(1, threads, 0, TimeUnit.SECONDS, new LinkedBlockingQueue<>());
        var quantizer = new LayerQuantizer(format, smoothing(checkpoint, format), pool);
        try (var writer = ShardedSafetensorsWriter.create(folder, STEM, specs, Map.of("format", "pt"),
                ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES);
                var ahead = new LayersAhead(checkpoint, weights(checkpoint, format), quantizer::quantize)) {
            for (StoredTensor tensor : checkpoint.tensors().values()) {
                if (layerOf(tensor, format).isEmpty()) {
                    requireFinite(tensor);
                    writer.write(tensor.name(), tensor.data());
                    checkpoint.release(tensor);
                } else {
                    List<TensorSpec> quantized = specs(tensor, format);
                    ahead.next(tensors -> write(quantized, tensors, writer));
                    weights += tensor.shape().elements();
                    if (weights >= WARM_UP_WEIGHTS) pool.setCorePoolSize(threads);
                }
                done += tensor.shape().elements();
                progress.weightsDone(done, total);
            }
            writer.commit();
        } finally {
            pool.shutdownNow();
        }
        return specs.stream().mapToLong(TensorSpec::sizeBytes).sum();
    }

    private static void requireFinite(StoredTensor tensor) {
        long index = NonFinite.indexOfOneByOne(tensor.data(), tensor.type());
        if (index >= 0) {
            throw new InputException(tensor.file() + ": tensor '" + tensor.name() + "' holds a NaN or Inf at element "
                    + index + ", expected finite weights");
        }
    }

    private Map<String, float[]> smoothing(Checkpoint checkpoint, QuantizedFormat format) {
        return recipe.smoothing()
                .map(exponent -> SmoothingFactors.of(checkpoint, format.layers(), calibration.orElseThrow(), exponent)
                        .ofLayers())
                .orElse(Map.of());
    }

    private static List<StoredTensor> weights(Checkpoint checkpoint, QuantizedFormat format) {
        return checkpoint.tensors().values().stream().filter(tensor -> layerOf(tensor, format).isPresent()).toList();
    }

    private static void write(List<TensorSpec> specs, List<MemorySegment> tensors, ShardedSafetensorsWriter writer) {
        for (int i = 0; i < specs.size(); i++) {
            writer.write(specs.get(i).name(), tensors.get(i));
        }
    }

    private static List<TensorSpec> specs(StoredTensor tensor, QuantizedFormat format) {
        return layerOf(tensor, format)
                .map(layer -> format.tensors(layer, tensor.shape().dim(0), tensor.shape().dim(1)))
                .orElseGet(() -> List.of(new TensorSpec(tensor.name(), tensor.type(), tensor.shape())));
    }

    /** The quantized layer that a tensor is the weight of, if it is one's. */
    private static Optional<String> layerOf(StoredTensor tensor, QuantizedFormat format) {
        return TensorLayout.layerOf(tensor.name()).filter(format.layers()::contains);
    }
}
