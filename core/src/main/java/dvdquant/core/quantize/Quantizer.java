package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.FiniteWeights;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Quantizes components of a model folder into a new model folder, from file to file: a tensor is read where it is mapped,
 * quantized by several threads, written, and let go. Memory for a few of the largest tensors only.
 *
 * @param recipe what is done to them
 * @param components which layers of which component, by its folder
 * @param calibration what was seen of the activations, for a recipe that needs it
 * @param sources opens a component's tensors: those of its files, or with something merged in
 * @param threads to quantize with
 * @param links whether the other components are linked instead of copied
 */
public record Quantizer(Recipe recipe, SequencedMap<String, LayerSelection> components,
        Optional<CalibrationData> calibration, TensorSource.Opener sources, int threads, boolean links) {
    private static final String STEM = "diffusion_pytorch_model";
    /** So many by one thread at first where the loops are not compiled yet. */
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

    /** Of a component's files as they are. */
    public Quantizer(Recipe recipe, SequencedMap<String, LayerSelection> components,
            Optional<CalibrationData> calibration, int threads, boolean links) {
        this(recipe, components, calibration, Checkpoint::open, threads, links);
    }

    /** The same, without calibration. */
    public Quantizer(Recipe recipe, SequencedMap<String, LayerSelection> components, int threads, boolean links) {
        this(recipe, components, Optional.empty(), threads, links);
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
    public static void check(Recipe recipe, SequencedMap<String, LayerSelection> components,
            TensorSource.Opener sources, Path model, Path target) {
        QuantizableComponent.allOf(recipe, components, sources, model, target);
    }

    /**
     * @param target a folder that is not there yet, or is empty; it appears when it is complete
     * @return what came of it
     * @throws InputException if the model cannot be quantized as asked, or the target cannot be written
     */
    public CheckpointSize run(Path model, Path target, Progress progress) {
        var warmUp = WarmUp.start(recipe.weights());
        List<QuantizableComponent> checked = QuantizableComponent.allOf(recipe, components, sources, model, target);
        long total = checked.stream().mapToLong(QuantizableComponent::elements).sum();
        long done = 0;
        CheckpointSize size = CheckpointSize.NONE;
        try (var staged = StagedPath.folderBeside(target)) {
            OtherFiles.carry(model, staged.path(), components.keySet(), links);
            for (QuantizableComponent component : checked) {
                Path folder = Files.createDirectory(staged.path().resolve(component.name()));
                ConfigWriter.write(component.config().path(), component.format(), folder.resolve("config.json"));
                long before = done;
                size = size.plus(quantize(model.resolve(component.name()), component.format(), folder, warmUp,
                        (part, _) -> progress.weightsDone(before + part, total)));
                done += component.elements();
            }
            staged.commit();
            return size;
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }

    private CheckpointSize quantize(Path source, QuantizedFormat format, Path folder, WarmUp warmUp,
            Progress progress) {
        try (TensorSource tensors = sources.open(source)) {
            long bytes = write(tensors, format, folder, warmUp, progress);
            return CheckpointSize.of(CheckpointSize.shapes(tensors), format, bytes);
        }
    }

    /** @return what it wrote */
    private long write(TensorSource source, QuantizedFormat format, Path folder, WarmUp warmUp, Progress progress) {
        var specs = new ArrayList<TensorSpec>();
        long total = 0;
        for (SourceTensor tensor : source.tensors().values()) {
            specs.addAll(specs(tensor, format));
            total += tensor.shape().elements();
        }
        long weights = 0;
        long done = 0;
        var pool = new ThreadPoolExecutor(1, threads, 0, TimeUnit.SECONDS,
                new LinkedBlockingQueue<>());
        var quantizer = new LayerQuantizer(format, smoothing(source, format), new RowTasks(pool));
        try (var writer = ShardedSafetensorsWriter.create(folder, STEM, specs, Map.of("format", "pt"),
                ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES);
                var ahead = new LayersAhead(weights(source, format), quantizer::quantize)) {
            if (warmUp.await()) pool.setCorePoolSize(threads);
            for (SourceTensor tensor : source.tensors().values()) {
                if (layerOf(tensor, format).isEmpty()) {
                    copy(tensor, writer);
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

    private static void copy(SourceTensor tensor, ShardedSafetensorsWriter writer) {
        FiniteWeights.requireOneByOne(tensor);
        try (var memory = Arena.ofConfined()) {
            writer.write(tensor.name(), tensor.bytes(memory));
        }
        tensor.release();
    }

    private Map<String, float[]> smoothing(TensorSource source, QuantizedFormat format) {
        return recipe.smoothing()
                .map(exponent -> SmoothingFactors.of(source, format.layers(), calibration.orElseThrow(), exponent)
                        .ofLayers())
                .orElse(Map.of());
    }

    private static List<? extends SourceTensor> weights(TensorSource source, QuantizedFormat format) {
        return source.tensors().values().stream().filter(tensor -> layerOf(tensor, format).isPresent()).toList();
    }

    private static void write(List<TensorSpec> specs, List<MemorySegment> tensors, ShardedSafetensorsWriter writer) {
        for (int i = 0; i < specs.size(); i++) {
            writer.write(specs.get(i).name(), tensors.get(i));
        }
    }

    private static List<TensorSpec> specs(SourceTensor tensor, QuantizedFormat format) {
        return layerOf(tensor, format)
                .map(layer -> format.tensors(layer, tensor.shape().dim(0), tensor.shape().dim(1)))
                .orElseGet(() -> List.of(new TensorSpec(tensor.name(), tensor.type(), tensor.shape())));
    }

    /** The quantized layer that a tensor is the weight of, if it is one's. */
    private static Optional<String> layerOf(SourceTensor tensor, QuantizedFormat format) {
        return TensorLayout.layerOf(tensor.name()).filter(format.layers()::contains);
    }
}
