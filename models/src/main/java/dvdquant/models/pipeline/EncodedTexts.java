package dvdquant.models.pipeline;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** What a text encoder makes of the texts of many requests, each text encoded once, all in one pass over the encoder's weights. */
public final class EncodedTexts {
    private final Map<String, Conditioning> encoded = new HashMap<>();

    /** The texts of the requests, encoded. */
    public static EncodedTexts of(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        var texts = new EncodedTexts();
        texts.add(requests, pipeline, listener, cancellation);
        return texts;
    }

    /** Encodes the texts of the requests. */
    public void add(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        List<String> texts = requests.stream().flatMap(request -> request.texts().stream()).distinct().toList();
        List<Conditioning> results = pipeline.encode(texts, listener, cancellation);
        for (int i = 0; i < texts.size(); i++) {
            encoded.put(texts.get(i), results.get(i));
        }
    }

    /**
     * As {@link VideoPipeline#sample} takes them.
     *
     * @param request one of those, or one with the same texts
     */
    public EncodedPrompt of(GenerationRequest request) {
        Optional<Conditioning> negative = request.guided()
                ? Optional.of(encoded.get(request.prompt().negative()))
                : Optional.empty();
        return new EncodedPrompt(encoded.get(request.prompt().text()), negative);
    }
}
