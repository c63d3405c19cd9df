package dvdquant.models.survey;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.models.weights.WeightLoader;

import java.lang.foreign.Arena;
import java.nio.file.Path;

/** Whether a quantized model was made from another: what is not quantized must be the same in both. */
final class Origin {
    private Origin() {}

    /** @throws InputException naming the first tensor that one has and the other has not, or in another shape */
    static void requireSameLayers(Path quantized, TensorLayout ofQuantized, Path model, TensorLayout ofModel) {
        for (var entry : ofModel.shapes().entrySet()) {
            Shape other = ofQuantized.shapes().get(entry.getKey());
            if (!entry.getValue().equals(other)) {
                throw strangers(quantized, model, "tensor '" + entry.getKey() + "' is " + entry.getValue() + " in "
                        + model + " and " + (other == null ? "missing" : other.toString()) + " in the other");
            }
        }
        for (String name : ofQuantized.shapes().keySet()) {
            if (!ofModel.shapes().containsKey(name)) {
                throw strangers(quantized, model, "tensor '" + name + "' is missing in " + model);
            }
        }
    }

    /** @throws InputException naming the first tensor in full precision with other values */
    static void requireSameTensors(Path quantized, WeightLoader codes, Path model, WeightLoader full,
            QuantizedFormat format, TensorLayout layout) {
        for (String name : layout.shapes().keySet()) {
            if (TensorLayout.layerOf(name).filter(format.layers()::contains).isPresent()) continue;
            SourceTensor kept = codes.stored(name);
            SourceTensor original = full.stored(name);
            boolean same = kept.type() != original.type() || haveSameBytes(kept, original);
            kept.release();
            original.release();
            if (!same) throw strangers(quantized, model, "tensor '" + name + "' has other values in each");
        }
    }

    private static boolean haveSameBytes(SourceTensor a, SourceTensor b) {
        try (var memory = Arena.ofConfined()) {
            return a.bytes(memory).mismatch(b.bytes(memory)) < 0;
        }
    }

    private static InputException strangers(Path quantized, Path model, String why) {
        return new InputException(quantized + " was not quantized from " + model + ": " + why);
    }
}
