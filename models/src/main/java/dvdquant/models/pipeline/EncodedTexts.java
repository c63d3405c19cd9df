package dvdquant.models.pipeline;

import dvdquant.core.io.ScratchFile;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a text encoder makes of the texts of many requests, each text encoded once. As many as memory is left for go through the encoder's
 * weights in one pass; of more than that, what was made waits on disk.
 */
public final class EncodedTexts {
    /** Of the memory for Java's objects, what the states of one pass may take. */
    private static final int PART_OF_HEAP = 8;
    /** Of a long text. */
    private static final int TOKENS = 512;
    /** Of a state, as UMT5-XXL makes them; until it is known. */
    private static final int WIDTH = 4096;
    private static final int MOST_TEXTS = 64;

    private final Map<String, Conditioning> inMemory = new HashMap<>();
    private final Map<String, Map<String, Stored>> onDisk = new HashMap<>();
    private final long bytes;

    /** Of a part of what was made of a text: where its states are in the file. */
    private record Stored(ScratchFile file, long at, int tokens, int width) {
        static Stored of(TextStates states, ScratchFile file) {
            return new Stored(file, file.add(states.values()), states.tokens(), states.width());
        }

        TextStates read() {
            return new TextStates(tokens, width, file.read(at, tokens * width));
        }
    }

    /** Of no text yet, with an eighth of Java's heap for the states of a pass. */
    public EncodedTexts() {
        this(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /** @param bytes that the states of one pass may take */
    EncodedTexts(long bytes) {
        this.bytes = bytes;
    }

    private int textsAPass(int width) {
        return Math.clamp(bytes / ((long) TOKENS * Math.max(1, width) * Float.BYTES), 1, MOST_TEXTS);
    }

    /**
     * The texts of the requests, encoded.
     *
     * @param requests whose prompts and, if guided, negative prompts are encoded
     * @param pipeline that encodes them
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return all of them
     * @throws dvdquant.core.InputException as {@link #add}
     */
    public static EncodedTexts of(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        var texts = new EncodedTexts();
        texts.add(requests, pipeline, listener, cancellation);
        return texts;
    }

    /**
     * Encodes the texts of the requests.
     *
     * @param requests whose prompts and, if guided, negative prompts are encoded
     * @param pipeline that encodes them
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @throws dvdquant.core.InputException if there are many, and no room on disk for what is made of them
     */
    public void add(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        List<String> texts = requests.stream().flatMap(request -> request.texts().stream()).distinct().toList();
        int pass = textsAPass(WIDTH);
        Optional<ScratchFile> file = texts.size() <= pass
                ? Optional.empty()
                : Optional.of(ScratchFile.create("what is made of the prompts"));
        for (int from = 0; from < texts.size();) {
            List<String> some = texts.subList(from, Math.min(from + pass, texts.size()));
            List<Conditioning> results = pipeline.encode(some, listener, cancellation);
            for (int i = 0; i < some.size(); i++) {
                keep(some.get(i), results.get(i), file);
            }
            from += some.size();
            pass = textsAPass(results.getFirst().parts().values().stream().mapToInt(TextStates::width).sum());
        }
    }

    private void keep(String text, Conditioning result, Optional<ScratchFile> file) {
        file.ifPresentOrElse(scratch -> {
            var parts = new HashMap<String, Stored>();
            result.parts().forEach((name, states) -> parts.put(name, Stored.of(states, scratch)));
            onDisk.put(text, parts);
        }, () -> inMemory.put(text, result));
    }

    /**
     * As {@link VideoPipeline#sample} takes them.
     *
     * @param request one of those, or one with the same texts
     * @return with the negative prompt if the request is guided
     */
    public EncodedPrompt of(GenerationRequest request) {
        Optional<Conditioning> negative = request.guided()
                ? Optional.of(encoded(request.prompt().negative()))
                : Optional.empty();
        return new EncodedPrompt(encoded(request.prompt().text()), negative);
    }

    private Conditioning encoded(String text) {
        Map<String, Stored> stored = onDisk.get(text);
        if (stored == null) return inMemory.get(text);
        var parts = new HashMap<String, TextStates>();
        stored.forEach((name, part) -> parts.put(name, part.read()));
        return new Conditioning(parts);
    }
}
