package dvdquant.measure.checkpoint;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSpec;

import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * A part of a model that has weights.
 *
 * @param name of its folder
 * @param library {@code diffusers} or {@code transformers}, whose class {@code modelClass} is
 * @param config its {@code config.json}
 * @param layout its tensors
 * @param alwaysF32 the tensors that are, whatever the checkpoint's type
 */
public record Part(String name, String library, String modelClass, Map<String, Object> config, TensorLayout layout,
        Predicate<String> alwaysF32) {
    static Part ofDiffusers(String name, Map<String, Object> config, TensorLayout layout, Predicate<String> alwaysF32) {
        return new Part(name, "diffusers", (String) config.get("_class_name"), config, layout, alwaysF32);
    }

    static Part ofTransformers(String name, String modelClass, Map<String, Object> config, TensorLayout layout) {
        return new Part(name, "transformers", modelClass, config, layout, _ -> false);
    }

    /** Of the weight files' names. */
    String stem() {
        return library.equals("diffusers") ? "diffusion_pytorch_model" : "model";
    }

    /** All its tensors, as a checkpoint of type {@code type} stores them. */
    public List<TensorSpec> tensors(ElementType type) {
        return layout.shapes().entrySet().stream().map(tensor -> new TensorSpec(tensor.getKey(),
                alwaysF32.test(tensor.getKey()) ? ElementType.F32 : type, tensor.getValue())).toList();
    }
}
