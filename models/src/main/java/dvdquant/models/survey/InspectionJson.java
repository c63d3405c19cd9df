package dvdquant.models.survey;

import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/** What is at a path, as JSON. */
public final class InspectionJson {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();

    private InspectionJson() {}

    /** @param tensors whether every tensor is listed */
    public static String of(Inspection inspection, boolean tensors) {
        var root = new LinkedHashMap<String, Object>();
        root.put("path", inspection.path().toString());
        root.put("kind", inspection.kind().name().toLowerCase(Locale.ROOT));
        if (!inspection.modelClass().isEmpty()) root.put("class", inspection.modelClass());
        root.put("components", inspection.components().stream().map(c -> component(c, tensors)).toList());
        root.put("missing", inspection.missing());
        return MAPPER.writeValueAsString(root);
    }

    private static Map<String, Object> component(ComponentSummary component, boolean tensors) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("name", component.name());
        if (!component.modelClass().isEmpty()) entry.put("class", component.modelClass());
        if (!component.config().isEmpty()) {
            var config = new LinkedHashMap<String, Object>();
            component.config().forEach((key, value) -> config.put(key, MAPPER.readTree(value)));
            entry.put("config", config);
        }
        component.weights().ifPresent(weights -> {
            entry.put("files", weights.files());
            entry.put("tensor_count", weights.tensors().size());
            entry.put("weights", weights.elements());
            entry.put("bytes", weights.bytes());
            entry.put("dtypes", weights.elementsByFormat());
            if (tensors) entry.put("tensors", weights.tensors().stream().map(InspectionJson::tensor).toList());
        });
        component.quantization().ifPresent(q -> entry.put("quantization", quantization(q)));
        return entry;
    }

    private static Map<String, Object> quantization(QuantizedSummary quantization) {
        var entry = new LinkedHashMap<String, Object>(quantization.format().toJson());
        entry.put("weight_count", quantization.size().inLayers().weights());
        entry.put("bits_a_weight", quantization.size().bitsAWeight());
        entry.put("all_bits_a_weight", quantization.size().allBitsAWeight());
        entry.put("bytes_over_bf16", quantization.size().all().overBf16());
        entry.put("layers", quantization.layers().stream().map(InspectionJson::layer).toList());
        return entry;
    }

    private static Map<String, Object> layer(QuantizedSummary.LayerLine layer) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("name", layer.name().full());
        entry.put("shape", List.of(layer.out(), layer.in()));
        entry.put("bytes", layer.size().bytes());
        entry.put("bits_a_weight", layer.size().bitsAWeight());
        return entry;
    }

    private static Map<String, Object> tensor(WeightSummary.TensorLine tensor) {
        var entry = new LinkedHashMap<String, Object>();
        entry.put("name", tensor.name());
        entry.put("dtype", tensor.dtype());
        entry.put("shape", tensor.shape());
        entry.put("bytes", tensor.bytes());
        return entry;
    }
}
