package dvdquant.models.pipeline;

import dvdquant.core.format.Shape;
import dvdquant.core.io.ScratchFile;
import dvdquant.models.prompts.ImagePrompt;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToLongFunction;

/**
 * What encoders make of the texts and the pictures of many requests, each encoded once. As many as memory is left for go through the
 * encoders' weights in one pass; of more than that, what was made waits on disk.
 */
public final class EncodedPrompts {
    /** Of the memory for Java's objects, what the results of one pass may take. */
    private static final int PART_OF_HEAP = 8;
    /** Of a long text. */
    private static final int TOKENS = 512;
    /** Of a state, as UMT5-XXL makes them; until it is known. */
    private static final int WIDTH = 4096;
    /** Of what a model of 14 billion weights is given of the pictures of a large clip; until it is known. */
    private static final long BYTES_OF_PICTURES = 32L << 20;
    private static final int MOST_AT_ONCE = 64;

    private final Map<Object, Conditioning> inMemory = new HashMap<>();
    private final Map<Object, Map<String, Stored>> onDisk = new HashMap<>();
    private final long bytes;

    /** The pictures of a request, as frames of its size. */
    private record Pictures(ImagePrompt images, ClipSize size) {
        static Pictures of(GenerationRequest request) {
            return new Pictures(request.prompt().images(), request.size());
        }
    }

    /** Of a part of what was made: where its values are in the file. */
    private record Stored(ScratchFile file, long at, Shape shape) {
        static Stored of(ConditioningTensor part, ScratchFile file) {
            return new Stored(file, file.add(part.values()), part.shape());
        }

        ConditioningTensor read() {
            return new ConditioningTensor(shape, file.read(at, Math.toIntExact(shape.elements())));
        }
    }

    /** Of no prompt yet, with an eighth of Java's heap for the results of a pass. */
    public EncodedPrompts() {
        this(Runtime.getRuntime().maxMemory() / PART_OF_HEAP);
    }

    /** @param bytes that the results of one pass may take */
    EncodedPrompts(long bytes) {
        this.bytes = bytes;
    }

    /**
     * The prompts of the requests, encoded.
     *
     * @param requests whose prompts and, if guided, negative prompts are encoded
     * @param pipeline that encodes them
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @return all of them
     * @throws dvdquant.core.InputException as {@link #add}
     */
    public static EncodedPrompts of(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        var prompts = new EncodedPrompts();
        prompts.add(requests, pipeline, listener, cancellation);
        return prompts;
    }

    /**
     * Encodes the prompts of the requests.
     *
     * @param requests whose prompts and, if guided, negative prompts are encoded
     * @param pipeline that encodes them
     * @param listener hears how far it is, on this thread
     * @param cancellation ends it from another thread, with a {@link java.util.concurrent.CancellationException}
     * @throws dvdquant.core.InputException if pictures are none that the model takes, or if there are many prompts, and no room on disk
     *             for what is made of them
     */
    public void add(List<GenerationRequest> requests, VideoPipeline pipeline, PipelineListener listener,
            Cancellation cancellation) {
        List<String> texts = requests.stream().flatMap(request -> request.texts().stream()).distinct().toList();
        inPasses(texts, some -> pipeline.encode(some, listener, cancellation), bytesOfLongText(WIDTH),
                made -> bytesOfLongText(made.parts().values().stream()
                        .mapToLong(part -> part.shape().dim(part.shape().rank() - 1)).sum()));
        var pictured = new LinkedHashMap<Pictures, GenerationRequest>();
        requests.stream().filter(request -> !request.prompt().images().isEmpty())
                .forEach(request -> pictured.put(Pictures.of(request), request));
        inPasses(List.copyOf(pictured.keySet()),
                some -> pipeline.encodeImages(some.stream().map(pictured::get).toList(), listener, cancellation),
                BYTES_OF_PICTURES, EncodedPrompts::bytes);
    }

    /** Of a text of as many tokens as may be, whatever the text was whose width is known. */
    private static long bytesOfLongText(long width) {
        return TOKENS * Math.max(1, width) * Float.BYTES;
    }

    private static long bytes(Conditioning made) {
        return made.parts().values().stream().mapToLong(part -> (long) part.values().length * Float.BYTES).sum();
    }

    /**
     * @param first bytes that a result is thought to take before there is one
     * @param size bytes that others will take, by one of them
     */
    private <K> void inPasses(List<K> keys, Function<List<K>, List<Conditioning>> encoder, long first,
            ToLongFunction<Conditioning> size) {
        int pass = atOnce(first);
        Optional<ScratchFile> file = keys.size() <= pass
                ? Optional.empty()
                : Optional.of(ScratchFile.create("what is made of the prompts"));
        for (int from = 0; from < keys.size();) {
            List<K> some = keys.subList(from, Math.min(from + pass, keys.size()));
            List<Conditioning> results = encoder.apply(some);
            for (int i = 0; i < some.size(); i++) {
                keep(some.get(i), results.get(i), file);
            }
            from += some.size();
            pass = atOnce(size.applyAsLong(results.getFirst()));
        }
    }

    private int atOnce(long bytesOfOne) {
        return Math.clamp(bytes / Math.max(1, bytesOfOne), 1, MOST_AT_ONCE);
    }

    private void keep(Object key, Conditioning result, Optional<ScratchFile> file) {
        file.ifPresentOrElse(scratch -> {
            var parts = new HashMap<String, Stored>();
            result.parts().forEach((name, part) -> parts.put(name, Stored.of(part, scratch)));
            onDisk.put(key, parts);
        }, () -> inMemory.put(key, result));
    }

    /**
     * As {@link VideoPipeline#sample} takes them.
     *
     * @param request one of those, or one with the same prompt and size
     * @return with the negative prompt if the request is guided
     */
    public EncodedPrompt of(GenerationRequest request) {
        Conditioning images = request.prompt().images().isEmpty() ? Conditioning.NONE : encoded(Pictures.of(request));
        Optional<Conditioning> negative = request.guided()
                ? Optional.of(encoded(request.prompt().negative()).and(images))
                : Optional.empty();
        return new EncodedPrompt(encoded(request.prompt().text()).and(images), negative);
    }

    private Conditioning encoded(Object key) {
        Map<String, Stored> stored = onDisk.get(key);
        if (stored == null) return inMemory.get(key);
        var parts = new HashMap<String, ConditioningTensor>();
        stored.forEach((name, part) -> parts.put(name, part.read()));
        return new Conditioning(parts);
    }
}
