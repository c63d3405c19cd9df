package dvdquant.measure.checkpoint;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.wan.WanArchitecture;

import java.util.List;
import java.util.Locale;

/** A part of a model that has weights, and its folder. */
public enum Component {
    TRANSFORMER("diffusion_pytorch_model", "diffusers", "WanTransformer3DModel"),
    TEXT_ENCODER("model", "transformers", "UMT5EncoderModel"),
    VAE("diffusion_pytorch_model", "diffusers", "AutoencoderKLWan");

    private final String stem;
    private final String library;
    private final String modelClass;

    Component(String stem, String library, String modelClass) {
        this.stem = stem;
        this.library = library;
        this.modelClass = modelClass;
    }

    public String folder() {
        return name().toLowerCase(Locale.ROOT);
    }

    /** Of the weight files' names. */
    String stem() {
        return stem;
    }

    /** As {@code model_index.json} names it: library and class. */
    List<String> indexEntry() {
        return List.of(library, modelClass);
    }

    /** All its tensors, as a checkpoint of type {@code type} stores them. */
    List<TensorSpec> tensors(WanArchitecture architecture, ElementType type) {
        TensorLayout layout = switch (this) {
            case TRANSFORMER -> architecture.transformer().layout();
            case TEXT_ENCODER -> architecture.text().layout();
            case VAE -> architecture.vae().layout();
        };
        return layout.shapes().entrySet().stream().map(entry -> {
            String name = entry.getKey();
            return new TensorSpec(name, this == TRANSFORMER ? WanArchitecture.storedType(name, type) : type,
                    entry.getValue());
        }).toList();
    }

    @Override
    public String toString() {
        return folder();
    }
}
