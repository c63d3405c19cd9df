package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.TensorSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;

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
    /**
     * Checks that what the recipe needs is there.
     *
     * @throws InputException if the recipe needs calibration and there is none
     */
    public Quantizer {
        if (recipe.needsCalibration() && calibration.isEmpty()) {
            throw new InputException(recipe.method().label() + " needs calibration: activations that were seen of the "
                    + "model in full precision");
        }
    }

    /**
     * Of a component's files as they are.
     *
     * @param recipe what is done to the layers
     * @param components which layers of which component, by its folder
     * @param calibration what was seen of the activations, for a recipe that needs it
     * @param threads to quantize with
     * @param links whether the other components are linked instead of copied
     * @throws InputException if the recipe needs calibration and there is none
     */
    public Quantizer(Recipe recipe, SequencedMap<String, LayerSelection> components,
            Optional<CalibrationData> calibration, int threads, boolean links) {
        this(recipe, components, calibration, Checkpoint::open, threads, links);
    }

    /**
     * The same, without calibration.
     *
     * @param recipe what is done to the layers
     * @param components which layers of which component, by its folder
     * @param threads to quantize with
     * @param links whether the other components are linked instead of copied
     * @throws InputException if the recipe needs calibration
     */
    public Quantizer(Recipe recipe, SequencedMap<String, LayerSelection> components, int threads, boolean links) {
        this(recipe, components, Optional.empty(), threads, links);
    }

    /** Told after each tensor how many of the weights are done; may throw to stop. */
    @FunctionalInterface
    public interface Progress {
        /**
         * Called by the thread that runs the quantizer.
         *
         * @param done weights, of all components
         * @param total of them
         */
        void weightsDone(long done, long total);
    }

    /**
     * Checks what can be told before a calibration, which takes long: the model, the layers, the target.
     *
     * @param recipe what is done to the layers
     * @param components which layers of which component, by its folder
     * @param sources opens a component's tensors
     * @param model a folder, in full precision
     * @param target the folder to be written
     * @throws InputException as {@link #run}
     */
    public static void check(Recipe recipe, SequencedMap<String, LayerSelection> components,
            TensorSource.Opener sources, Path model, Path target) {
        ComponentPlan.of(recipe, components, sources, model, target);
    }

    /**
     * Quantizes a model into a folder; other components come along as they are.
     *
     * @param model a folder, in full precision
     * @param target a folder that is not there yet, or is empty; it appears when it is complete
     * @param progress told how far it is
     * @return what came of it
     * @throws InputException if the model cannot be quantized as asked, or the target cannot be written
     */
    public CheckpointSize run(Path model, Path target, Progress progress) {
        var warmUp = WarmUp.start(recipe.weights());
        List<ComponentPlan> checked = ComponentPlan.of(recipe, components, sources, model, target);
        long total = checked.stream().mapToLong(ComponentPlan::elements).sum();
        long done = 0;
        CheckpointSize size = CheckpointSize.NONE;
        try (var staged = StagedPath.folderBeside(target)) {
            OtherFiles.carry(model, staged.path(), components.keySet(), links);
            for (ComponentPlan component : checked) {
                Path folder = Files.createDirectory(staged.path().resolve(component.name()));
                Files.writeString(folder.resolve("config.json"), component.config());
                long before = done;
                try (TensorSource source = sources.open(model.resolve(component.name()))) {
                    size = size.plus(new ComponentQuantizer(source, component,
                            calibration.map(data -> data.of(component.name())))
                            .write(folder, warmUp, threads, (part, _) -> progress.weightsDone(before + part, total)));
                }
                done += component.elements();
            }
            staged.commit();
            return size;
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }
}
