package dvdquant.evaluate.store;

import dvdquant.core.contents.Fingerprint;
import dvdquant.core.json.JsonFile;

import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;

/** The figures of a model, kept so that it need not be made again for them. */
public final class StoredModel {
    private final Path file;
    private final Fingerprint fingerprint;

    StoredModel(Path file, Fingerprint fingerprint) {
        this.file = file;
        this.fingerprint = fingerprint;
    }

    /** Empty unless they were kept. */
    public Optional<ModelFigures> read() {
        return StoredJson.read(file, fingerprint, StoredModel::parse);
    }

    public void keep(ModelFigures figures) {
        var json = new LinkedHashMap<String, Object>();
        json.put("bits_a_weight", figures.bitsAWeight());
        json.put("all_bits_a_weight", figures.allBitsAWeight());
        json.put("transformer_bytes", figures.transformerBytes());
        json.put("seconds", figures.seconds());
        json.put("calibration_seconds", figures.calibrationSeconds());
        json.put("layers", figures.layerDb().sequencedKeySet().stream().toList());
        json.put("layer_db", figures.layerDb().sequencedValues().stream().toList());
        StoredJson.write(file, fingerprint, json);
    }

    private static ModelFigures parse(JsonFile json) {
        List<String> layers = json.texts("layers");
        List<Double> db = json.numbers("layer_db");
        if (layers.size() != db.size()) throw json.unexpected("layer_db", "a value a layer");
        var layerDb = new LinkedHashMap<String, Double>();
        for (int i = 0; i < layers.size(); i++) {
            layerDb.put(layers.get(i), db.get(i));
        }
        return new ModelFigures(json.number("bits_a_weight"), json.number("all_bits_a_weight"),
                (long) json.number("transformer_bytes"),
                json.number("seconds"), json.number("calibration_seconds"), layerDb);
    }
}
