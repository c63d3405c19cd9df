package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerFormatJson;
import dvdquant.core.json.JsonFile;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.SequencedMap;
import java.util.stream.Collectors;

/** A {@link Recipe} as JSON, so that it can be sent to another machine: {@code usual} is a format, {@code others} formats with layers. */
final class RecipeJson {
    private RecipeJson() {}

    static SequencedMap<String, Object> write(Recipe recipe) {
        var json = new LinkedHashMap<String, Object>();
        json.put("method", recipe.method().label());
        json.put("usual", LayerFormatJson.write(recipe.usual()));
        json.put("others", recipe.others().stream().map(RecipeJson::write).toList());
        return json;
    }

    private static SequencedMap<String, Object> write(Recipe.Other other) {
        SequencedMap<String, Object> json = LayerFormatJson.write(other.format());
        json.put("layers", other.layers());
        return json;
    }

    static Recipe read(JsonFile json) {
        json.requireOnly("method", "usual", "others");
        Method method = Arrays.stream(Method.values()).filter(m -> m.label().equals(json.text("method"))).findFirst()
                .orElseThrow(() -> json.unexpected("method",
                        Arrays.stream(Method.values()).map(Method::label).collect(Collectors.joining(", "))));
        JsonFile usual = json.object("usual");
        usual.requireOnly("weights", "activations", "smoothing", "low_rank");
        var others = new ArrayList<Recipe.Other>();
        for (JsonFile other : json.objects("others")) {
            other.requireOnly("weights", "activations", "smoothing", "low_rank", "layers");
            others.add(new Recipe.Other(other.text("layers"), LayerFormatJson.read(other)));
        }
        return new Recipe(method, LayerFormatJson.read(usual), others);
    }
}
