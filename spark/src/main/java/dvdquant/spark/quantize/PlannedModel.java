package dvdquant.spark.quantize;

import dvdquant.app.quantize.LayerOptions;
import dvdquant.core.InputException;
import dvdquant.core.quantize.ComponentPlan;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Quantizer;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.spark.storage.ModelFolder;
import dvdquant.spark.storage.Storage;
import dvdquant.spark.storage.TargetFolder;
import org.apache.hadoop.fs.Path;

import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.SequencedMap;
import java.util.Set;

/**
 * A model that can be quantized, as far as its configurations and headers tell.
 *
 * @param target of it
 * @param plans of its components
 * @param others the files that are taken over
 */
record PlannedModel(ModelFolder model, Path target, ModelRecipe recipe, List<ComponentPlan> plans, OtherFiles others)
        implements
            AutoCloseable {
    /**
     * Plans a model.
     *
     * @param links whether its other files are linked
     * @throws InputException if it cannot be quantized as asked, or the target cannot be written
     */
    static PlannedModel of(Storage storage, Path address, Path target, LayerOptions layers, boolean links) {
        if (layers.recipe().needsCalibration()) requireShared(address);
        ModelFolder model = ModelFolder.open(storage, address);
        try {
            return model.naming(() -> {
                ModelRecipe recipe = layers.of(model.path());
                SequencedMap<String, LayerSelection> components = layers.components(recipe);
                if (links) requireLocal(address, target);
                if (Storage.local(target).isPresent()) {
                    Quantizer.check(recipe.recipe(), components, model.sources(), model.path(),
                            Storage.local(target).get());
                } else {
                    requireTarget(storage, address, target);
                }
                return new PlannedModel(model, target, recipe,
                        ComponentPlan.of(recipe.recipe(), components, model.sources(), model.path()),
                        OtherFiles.of(storage, address, except(components)));
            });
        } catch (RuntimeException | Error e) {
            model.close();
            throw e;
        }
    }

    private static Set<String> except(SequencedMap<String, LayerSelection> components) {
        var except = new HashSet<>(components.keySet());
        except.add(QuantizeCommand.MANIFEST); // of how the model itself came to be
        return except;
    }

    private static void requireLocal(Path model, Path target) {
        if (Storage.local(target).isPresent() && Storage.local(model).isPresent()) return;
        throw new InputException("--link: " + Storage.shown(model) + " and " + Storage.shown(target)
                + " are not both on local disks, expected without it");
    }

    private static void requireShared(Path model) {
        if (Storage.local(model).isPresent()) return;
        throw new InputException(model + ": a method that must have seen activations samples clips of it, expected a "
                + "path on storage that the executors share");
    }

    private static void requireTarget(Storage storage, Path model, Path target) {
        if ((target + "/").startsWith(model + "/")) {
            throw new InputException("cannot write " + target + ": it is inside the model " + model
                    + ", expected a folder outside");
        }
        try {
            TargetFolder.requireFree(storage, target);
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + e.getMessage(), e);
        }
    }

    @Override
    public void close() {
        model.close();
    }
}
