package dvdquant.core.checkpoint;

import dvdquant.core.json.JsonFile;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.TreeMap;

/**
 * A {@link QuantizedFormat} as JSON. Version 2 is a list of formats, each with its layers; version 1 was one format, whose keys stood
 * beside the version.
 */
final class QuantizedFormatJson {
    private static final String QUANT_METHOD = "dvdquant";
    private static final int VERSION = 2;

    private QuantizedFormatJson() {}

    static SequencedMap<String, Object> write(QuantizedFormat format) {
        var json = new LinkedHashMap<String, Object>();
        json.put("quant_method", QUANT_METHOD);
        json.put("version", VERSION);
        json.put("method", format.method());
        var layers = new LinkedHashMap<LayerFormat, List<String>>();
        format.formats().forEach(one -> layers.put(one, new ArrayList<>()));
        format.ofLayers().forEach((layer, one) -> layers.get(one).add(layer));
        json.put("formats", layers.entrySet().stream().map(QuantizedFormatJson::write).toList());
        return json;
    }

    private static SequencedMap<String, Object> write(Map.Entry<LayerFormat, List<String>> group) {
        SequencedMap<String, Object> json = LayerFormatJson.write(group.getKey());
        json.put("layers", group.getValue());
        return json;
    }

    static QuantizedFormat read(JsonFile json) {
        if (!json.text("quant_method").equals(QUANT_METHOD)) {
            throw json.unexpected("quant_method", "\"" + QUANT_METHOD + "\": no other is supported");
        }
        return switch (json.integer("version")) {
            case 1 -> readFirst(json);
            case VERSION -> readSecond(json);
            default -> throw json.unexpected("version", "1 or " + VERSION);
        };
    }

    private static QuantizedFormat readFirst(JsonFile json) {
        json.requireOnly("quant_method", "version", "method", "weights", "activations", "smoothing", "low_rank",
                "layers");
        var layers = new TreeMap<String, LayerFormat>();
        addLayers(json, LayerFormatJson.readFirst(json), layers);
        return new QuantizedFormat(json.text("method", "dvd-quant"), layers);
    }

    private static QuantizedFormat readSecond(JsonFile json) {
        json.requireOnly("quant_method", "version", "method", "formats");
        var layers = new TreeMap<String, LayerFormat>();
        for (JsonFile group : json.objects("formats")) {
            group.requireOnly("weights", "activations", "smoothing", "low_rank", "layers");
            addLayers(group, LayerFormatJson.read(group), layers);
        }
        return new QuantizedFormat(json.text("method"), layers);
    }

    private static void addLayers(JsonFile json, LayerFormat format, Map<String, LayerFormat> layers) {
        for (String layer : json.texts("layers")) {
            if (layers.put(layer, format) != null) {
                throw json.unexpected("layers", "each once, but '" + layer + "' is there twice");
            }
        }
    }
}
