package dvdquant.models.diffusion;

import dvdquant.models.diffusion.prompts.PromptStore;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.prompts.EncoderPrecision;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Function;

/**
 * From texts to what a transformer is conditioned on.
 *
 * @param precision of the encoders
 * @param store of what was made of texts before, if it is to be kept
 */
record TextStage(DiffusionModel model, EncoderPrecision precision, Optional<PromptStore> store) {
    /**
     * @param encoder of those that no store has
     * @param warnings of what is cut off, of all texts, and of stored ones that cannot be used
     */
    List<Conditioning> encode(List<String> texts, Function<TokenizedTexts, List<Conditioning>> encoder,
            Consumer<String> warnings) {
        TokenizedTexts tokenized = model.tokenize(texts, warnings);
        if (store.isEmpty()) return encoder.apply(tokenized);
        PromptStore.Run kept = store.get().run(warnings);
        var results = new HashMap<String, Conditioning>();
        texts.forEach(text -> kept.find(text).ifPresent(result -> results.put(text, result)));
        List<String> missing = texts.stream().distinct().filter(text -> !results.containsKey(text)).toList();
        if (!missing.isEmpty()) results.putAll(made(missing, encoder, kept));
        return texts.stream().map(results::get).toList();
    }

    private Map<String, Conditioning> made(List<String> missing,
            Function<TokenizedTexts, List<Conditioning>> encoder, PromptStore.Run kept) {
        List<Conditioning> encoded = encoder.apply(model.tokenize(missing, _ -> {})); // warned of already
        var results = new HashMap<String, Conditioning>();
        for (int i = 0; i < encoded.size(); i++) {
            results.put(missing.get(i), encoded.get(i));
            kept.keep(missing.get(i), encoded.get(i));
        }
        return results;
    }
}
