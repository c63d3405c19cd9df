package dvdquant.models;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionDecoder;
import dvdquant.models.diffusion.DiffusionPipeline;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.wan.WanFamily;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.NativeThreads;
import dvdquant.tensor.cpu.CpuKernels;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** Opens models. */
public final class Pipelines {
    private static final List<ModelFamily> FAMILIES = List.of(new WanFamily());

    private Pipelines() {}

    /**
     * Opens a model folder in the diffusers layout, to run on the device whose kernels the options make. Reads configurations only: weights are loaded when they
     * are needed.
     *
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static VideoPipeline open(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        ModelFamily family = family(index);
        requireComponents(folder,
                family.components().stream().filter(part -> !part.optional()).map(Component::name).toList(), true);
        return open(options, kernels -> DiffusionPipeline.open(folder, index, family, options, kernels));
    }

    /**
     * Opens what {@code decode} needs of a model folder: its VAE.
     *
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static ClipDecoder openDecoder(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        ModelFamily family = family(index);
        requireComponents(folder, List.of(family.autoencoder()), false);
        return open(options, kernels -> DiffusionDecoder.open(folder, index, family, kernels));
    }

    /** All families, of which a model can be opened. */
    public static List<ModelFamily> families() {
        return FAMILIES;
    }

    /**
     * The family that a model folder is of.
     *
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static ModelFamily family(Path folder) {
        return family(index(folder));
    }

    private static ModelFamily family(JsonFile index) {
        String pipeline = index.text("_class_name");
        ModelFamily family = FAMILIES.stream().filter(f -> f.pipelineClass().equals(pipeline)).findFirst()
                .orElseThrow(() -> index.unexpected("_class_name", FAMILIES.stream()
                        .map(f -> '"' + f.pipelineClass() + '"').collect(Collectors.joining(" or "))
                        + ": no other pipeline is supported"));
        family.check(index);
        return family;
    }

    private static JsonFile index(Path folder) {
        if (!Files.isDirectory(folder))
            throw new InputException(folder + ": no such folder, expected a model in the diffusers layout");
        return JsonFile.read(folder.resolve("model_index.json"));
    }

    private static void requireComponents(Path folder, List<String> components, boolean whole) {
        List<String> missing = components.stream().filter(component -> !Files.isDirectory(folder.resolve(component)))
                .toList();
        if (!missing.isEmpty()) {
            throw new InputException(
                    folder + ": the folders " + String.join(", ", missing) + " are missing, expected "
                            + (whole ? "a whole model: " : "") + String.join(", ", components));
        }
    }

    private static <T> T open(LoadOptions options, Function<Kernels, T> model) {
        NativeThreads.setCount(options.threads().orElse(Runtime.getRuntime().availableProcessors()));
        Kernels kernels = options.kernels().map(Supplier::get).orElseGet(CpuKernels::new);
        try {
            return model.apply(kernels);
        } catch (RuntimeException | Error e) {
            kernels.close();
            throw e;
        }
    }

    /**
     * The tensors that a transformer has in full precision, as its configuration implies them.
     *
     * @param folder of the component: {@code MODEL/transformer}
     * @throws InputException if the configuration is of no supported model
     */
    public static TensorLayout transformerLayout(Path folder) {
        JsonFile config = JsonFile.read(folder.resolve("config.json"));
        String modelClass = config.text("_class_name");
        List<Component> known = FAMILIES.stream().flatMap(family -> family.components().stream())
                .filter(component -> component.kind() == Kind.TRANSFORMER).toList();
        return known.stream().filter(component -> component.modelClass().equals(modelClass)).findFirst()
                .orElseThrow(() -> config.unexpected("_class_name", known.stream()
                        .map(component -> '"' + component.modelClass() + '"').distinct()
                        .collect(Collectors.joining(" or "))))
                .layout(folder);
    }
}
