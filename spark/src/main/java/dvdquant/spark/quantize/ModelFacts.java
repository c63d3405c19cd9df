package dvdquant.spark.quantize;

import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.json.JsonFile;
import dvdquant.core.quantize.ChannelMaxima;
import dvdquant.spark.storage.ComponentWeights;
import dvdquant.spark.storage.Storage;

import java.io.Serializable;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** What all tasks of one model need, sent to each executor once; there they share what it has opened. */
final class ModelFacts implements Serializable {
    private static final long serialVersionUID = 1L;

    /**
     * Of a component.
     *
     * @param address of its folder
     * @param config its new {@code config.json}
     * @param maxima by layer: what was seen of its activations; empty where the method needs none
     */
    record Component(String address, String config, HashMap<String, float[]> maxima) implements Serializable {}

    /**
     * Of a component, on an executor.
     *
     * @param calibration for a format that needs it
     */
    record Opened(ComponentWeights weights, QuantizedFormat format, Optional<ChannelMaxima> calibration) {}

    private final String model;
    private final String parts;
    private final HashMap<String, Component> components;
    private transient Map<String, Opened> opened;

    /**
     * @param model its address, for people
     * @param parts the folder that tasks write to
     */
    ModelFacts(String model, String parts, Map<String, Component> components) {
        this.model = model;
        this.parts = parts;
        this.components = new HashMap<>(components);
    }

    String model() {
        return model;
    }

    String parts() {
        return parts;
    }

    synchronized Opened component(String name) {
        if (opened == null) opened = new HashMap<>();
        return opened.computeIfAbsent(name, _ -> open(components.get(name)));
    }

    private static Opened open(Component component) {
        QuantizedFormat format = QuantizedFormat.read(JsonFile.of(Path.of("config.json"),
                component.config.getBytes(StandardCharsets.UTF_8)));
        return new Opened(new ComponentWeights(Storage.ofExecutor(), component.address), format,
                SeenActivations.maxima(component.maxima));
    }
}
