package dvdquant.models;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.models.diffusion.DiffusionDecoder;
import dvdquant.models.diffusion.DiffusionPipeline;
import dvdquant.models.pipeline.ClipDecoder;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.WanLayers;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.NativeThreads;
import dvdquant.tensor.cpu.CpuKernels;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.function.Supplier;

/** Opens models. */
public final class Pipelines {
    private static final List<String> COMPONENTS = List.of("scheduler", "text_encoder", "tokenizer", "transformer",
            "vae");

    private static final String TRANSFORMER = "transformer";

    private Pipelines() {}

    /**
     * Opens a model folder in the diffusers layout, to run on the device whose kernels the options make. Reads configurations only: weights are loaded when they
     * are needed.
     *
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static VideoPipeline open(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        requireComponents(folder, COMPONENTS);
        return open(options, kernels -> DiffusionPipeline.open(folder, index, options, kernels));
    }

    /**
     * Opens what {@code decode} needs of a model folder: its VAE.
     *
     * @throws InputException if the folder is no model, or one that is not supported
     */
    public static ClipDecoder openDecoder(Path folder, LoadOptions options) {
        JsonFile index = index(folder);
        requireComponents(folder, List.of("vae"));
        return open(options, kernels -> DiffusionDecoder.open(folder, index, kernels));
    }

    private static JsonFile index(Path folder) {
        if (!Files.isDirectory(folder))
            throw new InputException(folder + ": no such folder, expected a model in the diffusers layout");
        JsonFile index = JsonFile.read(folder.resolve("model_index.json"));
        if (!index.text("_class_name").equals("WanPipeline")) {
            throw index.unexpected("_class_name", "\"WanPipeline\": no other pipeline is supported");
        }
        if (index.has("boundary_ratio") || index.flag("expand_timesteps", false)) {
            throw new InputException(index.path() + ": this is a Wan2.2 model, expected Wan2.1: no other is supported");
        }
        return index;
    }

    private static void requireComponents(Path folder, List<String> components) {
        List<String> missing = components.stream().filter(component -> !Files.isDirectory(folder.resolve(component)))
                .toList();
        if (!missing.isEmpty()) {
            throw new InputException(
                    folder + ": the folders " + String.join(", ", missing) + " are missing, expected "
                            + (components.equals(COMPONENTS) ? "a whole model: " : "") + String.join(", ", components));
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
     * Which layers of which components are quantized unless a user says otherwise, by the components' folders.
     *
     * @param model a model folder, quantized or in full precision
     * @throws InputException if a component is of a model whose layers are not known
     */
    public static SequencedMap<String, LayerSelection> quantizedLayers(Path model) {
        JsonFile config = JsonFile.read(model.resolve(TRANSFORMER).resolve("config.json"));
        var layers = new LinkedHashMap<String, LayerSelection>();
        layers.put(TRANSFORMER, switch (config.text("_class_name")) {
            case "WanTransformer3DModel" -> WanLayers.QUANTIZED;
            default ->
                throw config.unexpected("_class_name", "\"WanTransformer3DModel\": no other can be quantized yet");
        });
        return layers;
    }

    /**
     * What the components that can be quantized take together; only headers are read.
     *
     * @param model a model folder, quantized or in full precision
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
     * @throws InputException if the configuration is of no supported model
     */
    public static TensorLayout transformerLayout(Path folder) {
        return WanConfig.read(folder).layout();
    }
}
