package dvdquant.models.pipeline;

import dvdquant.core.format.Shape;
import org.junit.jupiter.api.Test;

import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

class EncodedPromptsTest {
    /** In bytes: 512 tokens of 4096 floats. */
    private static final long LONG_TEXT = 512 * 4096 * Float.BYTES;

    private final List<Integer> passes = new ArrayList<>();

    /** Makes of a text as many states as it has letters, each of two values. */
    private final VideoPipeline pipeline = (VideoPipeline) Proxy.newProxyInstance(getClass().getClassLoader(),
            new Class<?>[]{VideoPipeline.class}, (_, method, arguments) -> {
                assertThat(method.getName()).isEqualTo("encode");
                List<?> texts = (List<?>) arguments[0];
                passes.add(texts.size());
                return texts.stream().map(text -> encoded((String) text)).toList();
            });

    private static Conditioning encoded(String text) {
        var values = new float[2 * text.length()];
        for (int i = 0; i < values.length; i++) {
            values[i] = text.charAt(i / 2) + i % 2 / 4f;
        }
        return new Conditioning(Map.of("tokens", new ConditioningTensor(Shape.of(text.length(), 2), values), "pooled",
                new ConditioningTensor(Shape.of(1, 1), new float[]{text.hashCode()})));
    }

    private static GenerationRequest request(String text) {
        return new GenerationRequest(new Prompt(text), new ClipSize(1, 16, 16), new Sampling(1, Guidance.of(5)),
                Acceleration.defaults());
    }

    /** In passes that memory is left for, and each text is what it would be alone. */
    @Test
    void manyTextsAreEncodedInPortionsThatWaitOnDisk() {
        List<GenerationRequest> requests = IntStream.range(0, 10).mapToObj(i -> request("a".repeat(i + 1) + i))
                .toList();
        var texts = new EncodedPrompts(4 * LONG_TEXT);
        texts.add(requests, pipeline, new PipelineListener() {}, new Cancellation());
        assertThat(passes).containsExactly(4, 7); // a state is shorter than was thought; the empty negative prompt is one of them
        for (GenerationRequest request : requests) {
            EncodedPrompt prompt = texts.of(request);
            Conditioning alone = encoded(request.prompt().text());
            for (String part : alone.parts().keySet()) {
                assertThat(prompt.prompt().part(part)).usingRecursiveComparison().isEqualTo(alone.part(part));
            }
            assertThat(prompt.negative().orElseThrow().part("tokens").shape().dim(0)).isZero();
        }
    }

    @Test
    void fewTextsAreEncodedInOnePass() {
        var texts = new EncodedPrompts(4 * LONG_TEXT);
        texts.add(List.of(request("a"), request("b"), request("a")), pipeline, new PipelineListener() {},
                new Cancellation());
        assertThat(passes).containsExactly(3);
        assertThat(texts.of(request("b")).prompt().part("tokens").values()).containsExactly('b', 'b' + 0.25f);
    }
}
