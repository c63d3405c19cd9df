package dvdquant.models.toy;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.prompts.ImageInput.Use;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Writes toy models with random weights. */
public final class ToyCheckpoint {
    private ToyCheckpoint() {}

    /** @param two whether another transformer takes the later steps */
    public static Path write(Path folder, boolean two) throws IOException {
        Files.createDirectories(folder.resolve("scheduler"));
        Files.writeString(folder.resolve("model_index.json"), "{\"_class_name\": \"ToyPipeline\"}");
        Files.writeString(folder.resolve("scheduler/scheduler_config.json"),
                "{\"_class_name\": \"FlowMatchEulerDiscreteScheduler\", \"shift\": 3.0}");
        component(folder, "transformer", ToyTransformer.MODEL_CLASS, ToyTransformer.layout(), 1);
        if (two) {
            component(folder, ToyFamily.TRANSFORMER_2, ToyTransformer.MODEL_CLASS, ToyTransformer.layout(), 2);
        }
        for (String encoder : ToyFamily.TEXT_ENCODERS) {
            component(folder, encoder, "ToyLetters", ToyTexts.LAYOUT, 3);
        }
        component(folder, ToyFamily.VAE, "ToyVae", ToyVae.LAYOUT, 4);
        return folder;
    }

    /** One whose clips begin with a picture, as they may or must. */
    public static Path write(Path folder, Use image) throws IOException {
        write(folder, false);
        Files.writeString(folder.resolve("model_index.json"),
                "{\"_class_name\": \"ToyPipeline\", \"" + ToyFamily.IMAGES + "\": \"" + image + "\"}");
        return folder;
    }

    private static void component(Path model, String name, String modelClass, TensorLayout layout, long seed)
            throws IOException {
        Path folder = Files.createDirectories(model.resolve(name));
        Files.writeString(folder.resolve("config.json"), "{\"_class_name\": \"" + modelClass + "\"}");
        List<TensorSpec> specs = layout.shapes().entrySet().stream()
                .map(tensor -> new TensorSpec(tensor.getKey(), ElementType.F32, tensor.getValue())).toList();
        var random = new Random(seed);
        try (var arena = Arena.ofConfined();
                var writer = SafetensorsWriter.create(
                        folder.resolve("diffusion_pytorch_model.safetensors"), specs, Map.of())) {
            for (TensorSpec spec : specs) {
                MemorySegment values = arena.allocate(spec.sizeBytes(), 4);
                double deviation = 1 / Math.sqrt(spec.shape().dim(spec.shape().rank() - 1));
                for (long i = 0; i < spec.shape().elements(); i++) {
                    values.setAtIndex(ValueLayout.JAVA_FLOAT, i, (float) (random.nextGaussian() * deviation));
                }
                writer.write(spec.name(), values);
            }
            writer.commit();
        }
    }
}
