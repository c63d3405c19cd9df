package dvdquant.models;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Recipe;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.Component.Kind;
import dvdquant.models.diffusion.DiffusionDecoder;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.DiffusionPipeline;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.diffusion.ModelRecipe;
import dvdquant.models.hunyuan.HunyuanVideoFamily;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.wan.WanFamily;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.cpu.CpuDevice;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** Opens models. */
public final class Pipelines {
    private static final List<ModelFamily> FAMILIES = List.of(WanFamily.OF_TEXT, WanFamily.OF_IMAGES,
            new HunyuanVideoFamily());

    /** Besides those. */
    private static final ScopedValue<List<ModelFamily>> OTHERS = ScopedValue.newInstance();

    private Pipelines() {}

    /**
     * Opens a model folder in the diffusers layout, to run on the device that the options name, or the CPU. Reads configurations only: weights
     * are loaded when they are needed.
     *
     * @param folder of the model
     * @param options how it is loaded, and where it runs
     * @return to be closed by the caller
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static VideoPipeline open(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        ModelFamily family = family(index);
        requireComponents(folder,
                family.components().stream().filter(part -> !part.optional() || part.isIn(folder)).map(Component::name)
                        .toList(),
                true);
        return open(options, device -> DiffusionPipeline.open(folder, index, family, options, device));
    }

    /**
     * Opens what {@code decode} needs of a model folder: its VAE.
     *
     * @param folder of the model
     * @param options how it is loaded, and where it runs
     * @return to be closed by the caller
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static ClipDecoder openDecoder(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        ModelFamily family = family(index);
        requireComponents(folder, List.of(family.autoencoder()), false);
        return open(options, device -> DiffusionDecoder.open(folder, index, family, options, device));
    }

    /**
     * All families of which a model can be opened.
     *
     * @return ours, and those of {@link #alsoOf}
     */
    public static List<ModelFamily> families() {
        return Stream.concat(FAMILIES.stream(), OTHERS.orElse(List.of()).stream()).toList();
    }

    /**
     * Does some work in which models of a program's own families can be opened too, on this thread.
     *
     * @param <T> of what the work gives
     * @param families besides ours
     * @param work done at once
     * @return what the work gives
     */
    public static <T> T alsoOf(List<ModelFamily> families, Supplier<T> work) {
        return ScopedValue.where(OTHERS, List.copyOf(families)).call(work::get);
    }

    /**
     * The family that a model folder is of.
     *
     * @param folder of the model
     * @return the family whose pipeline class {@code model_index.json} names
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static ModelFamily family(Path folder) {
        return family(index(folder));
    }

    private static ModelFamily family(JsonFile index) {
        String pipeline = index.text("_class_name");
        ModelFamily family = families().stream().filter(f -> f.pipelineClass().equals(pipeline)).findFirst()
                .orElseThrow(() -> unsupported(index, families().stream().map(ModelFamily::pipelineClass), "pipeline"));
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

    private static <T> T open(LoadOptions options, Function<ComputeDevice, T> model) {
        if (options.device().isPresent()) return model.apply(options.device().get());
        ComputeDevice own = CpuDevice.open(options.threadCount());
        try {
            return model.apply(own);
        } catch (RuntimeException | Error e) {
            own.close();
            throw e;
        }
    }

    /**
     * What a method's recipe comes to for a model: which layers of which components are quantized unless a user says otherwise, and how.
     *
     * @param model a model folder, quantized or in full precision
     * @param method a method's recipe
     * @return by component
     * @throws InputException if a component is of a model whose layers are not known
     */
    public static ModelRecipe recipe(Path model, Recipe method) {
        return ModelRecipe.of(method,
                familyOfTransformer(model.resolve(DiffusionModel.TRANSFORMER)).transformers(model));
    }

    /**
     * Which layers of which components are quantized unless a user says otherwise, those of {@link ModelRecipe#modulationBits} left out.
     *
     * @param model a model folder, quantized or in full precision
     * @return in the order of the components
     * @throws InputException if a component is of a model whose layers are not known
     */
    public static SequencedMap<String, LayerSelection> quantizedLayers(Path model) {
        var layers = new LinkedHashMap<String, LayerSelection>();
        familyOfTransformer(model.resolve(DiffusionModel.TRANSFORMER)).transformers(model)
                .forEach(component -> layers.put(component.name(), component.quantized()));
        return layers;
    }

    /**
     * Refuses a model of which any component is quantized.
     *
     * @param model a model folder
     * @throws InputException naming the component; or if one is of a model whose layers are not known
     */
    public static void requireFullPrecision(Path model) {
        quantizedLayers(model).keySet()
                .forEach(component -> QuantizedFormat.requireFullPrecision(model.resolve(component)));
    }

    /**
     * What the components that can be quantized take together; only headers are read.
     *
     * @param model a model folder, quantized or in full precision
     * @return of all of them together
     * @throws InputException if one cannot be read
     */
    public static CheckpointSize size(Path model) {
        CheckpointSize size = CheckpointSize.NONE;
        for (var component : quantizedLayers(model).entrySet()) {
            Path folder = model.resolve(component.getKey());
            size = size.plus(QuantizedFormat.of(folder)
                    .map(format -> CheckpointSize.quantized(folder, format, transformerLayout(folder)))
                    .orElseGet(() -> CheckpointSize.fullPrecision(folder, component.getValue())));
        }
        return size;
    }

    /**
     * The tensors that a transformer has in full precision, as its configuration implies them.
     *
     * @param folder of the component: {@code MODEL/transformer}
     * @return by name
     * @throws InputException if the configuration is of no supported model
     */
    public static TensorLayout transformerLayout(Path folder) {
        return transformer(familyOfTransformer(folder), className(folder)).orElseThrow().layout(folder);
    }

    /** By the configuration alone: the folder may be no part of a model. */
    private static ModelFamily familyOfTransformer(Path folder) {
        String modelClass = className(folder);
        return families().stream().filter(family -> transformer(family, modelClass).isPresent()).findFirst()
                .orElseThrow(() -> unsupported(JsonFile.read(folder.resolve("config.json")),
                        families().stream().flatMap(family -> family.components().stream())
                                .filter(part -> part.kind() == Kind.TRANSFORMER).map(Component::modelClass),
                        "transformer"));
    }

    private static InputException unsupported(JsonFile config, Stream<String> supported, String what) {
        String found = config.text("_class_name");
        String why = families().stream().flatMap(family -> family.variant(found).stream()).findFirst()
                .map(variant -> ": this is " + variant + ", which is not supported")
                .orElse(": no other " + what + " is supported");
        return config.unexpected("_class_name",
                supported.distinct().map(name -> '"' + name + '"').collect(Collectors.joining(" or ")) + why);
    }

    private static Optional<Component> transformer(ModelFamily family, String modelClass) {
        return family.components().stream()
                .filter(part -> part.kind() == Kind.TRANSFORMER && part.modelClass().equals(modelClass)).findFirst();
    }

    private static String className(Path folder) {
        return JsonFile.read(folder.resolve("config.json")).text("_class_name");
    }
}
