package dvdquant.app;

import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** What of HunyuanVideo's models is refused ends in one sentence, with exit code 2, and leaves nothing behind. */
class HunyuanVideoBadInputTest {
    private static final String INDEX = "model_index.json";
    private static final String CONFIG = "transformer/config.json";

    @TempDir
    Path folder;

    private static Arguments edited(String name, String file, String from, String to, String expected) {
        return Arguments.of(name, file, from, to, expected, List.of());
    }

    private static Arguments flags(String name, String expected, String... flags) {
        return Arguments.of(name, "", "", "", expected, List.of(flags));
    }

    static Stream<Arguments> cases() {
        return Stream.of(
                edited("HunyuanVideo-1.5", INDEX, "\"HunyuanVideoPipeline\"", "\"HunyuanVideo15Pipeline\"",
                        "\"_class_name\" is \"HunyuanVideo15Pipeline\", expected"),
                edited("Framepack", INDEX, "\"HunyuanVideoTransformer3DModel\"",
                        "\"HunyuanVideoFramepackTransformer3DModel\"", "nor Framepack nor image-to-video is supported"),
                edited("image-to-video by its language model", INDEX, "\"LlamaModel\"",
                        "\"LlavaForConditionalGeneration\"", "nor image-to-video is supported"),
                edited("image-to-video by its processor", INDEX, "\"vae\":",
                        "\"image_processor\": [\"transformers\", \"CLIPImageProcessor\"], \"vae\":",
                        "\"image_processor\" is of an image-to-video model"),
                edited("image conditioning", CONFIG, "\"image_condition_type\": null",
                        "\"image_condition_type\": \"latent_concat\"", "image conditioning is not supported"),
                edited("image conditioning by channels", CONFIG, "\"in_channels\": 16", "\"in_channels\": 33",
                        "\"out_channels\" is 16, expected the 33 of in_channels"),
                edited("another transformer", CONFIG, "\"HunyuanVideoTransformer3DModel\"",
                        "\"HunyuanVideo15Transformer3DModel\"", "neither HunyuanVideo-1.5 nor Framepack is supported"),
                edited("another norm", CONFIG, "\"rms_norm\"", "\"layer_norm\"", "\"qk_norm\" is \"layer_norm\""),
                edited("no embedded guidance", CONFIG, "\"guidance_embeds\": true", "\"guidance_embeds\": false",
                        "a model without embedded guidance is not supported"),
                edited("axes of another head", CONFIG, "16,\n    56,\n    56", "16, 56, 54",
                        "expected three even numbers that add up to the 128 of attention_head_dim"),
                edited("no turn", CONFIG, "\"rope_theta\": 256.0", "\"rope_theta\": 0",
                        "\"rope_theta\" is 0, expected"),
                edited("no feed-forward", CONFIG, "\"mlp_ratio\": 4.0", "\"mlp_ratio\": -1", "\"mlp_ratio\" is -1"),
                edited("more blocks than any model has", CONFIG, "\"num_single_layers\": 4",
                        "\"num_single_layers\": 100000", "\"num_single_layers\" is 100000, expected 1000 at most"),
                edited("fewer blocks than the weights", CONFIG, "\"num_single_layers\": 4", "\"num_single_layers\": 3",
                        "not part of this model: single_transformer_blocks.3"),
                edited("another sampler", "scheduler/scheduler_config.json", "\"FlowMatchEulerDiscreteScheduler\"",
                        "\"UniPCMultistepScheduler\", \"prediction_type\": \"flow_prediction\", \"use_flow_sigmas\": true",
                        "HunyuanVideo is supported with no other"),
                flags("TeaCache without a threshold", "no threshold is known for this model", "--cache", "teacache"),
                flags("ret steps", "ret steps are of models whose time alone is watched", "--cache", "teacache=0.1",
                        "--cache-ret-steps"),
                flags("a negative true guidance", "--true-guidance: guidance: -1.0, expected", "--true-guidance",
                        "-1"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void endsInOneSentence(String name, String file, String from, String to, String expected, List<String> flags)
            throws IOException {
        var model = new BrokenModel(folder.resolve("model"), "tiny-hunyuan");
        if (!file.isEmpty()) model.editText(file, text -> text.replace(from, to));
        Path work = Files.createDirectory(folder.resolve("work"));
        var arguments = new ArrayList<>(
                List.of("generate", model.folder().toString(), "-q", "--frames", "5", "--height",
                        "64", "--width", "64", "--steps", "1", "-p", "a red circle", "-o",
                        work.resolve("clip.mp4").toString()));
        arguments.addAll(flags);
        var err = new StringWriter();
        int code = Main.run(arguments.toArray(String[]::new), new PrintWriter(new StringWriter()),
                new PrintWriter(err, true));
        assertThat(err.toString().strip()).as(name).hasLineCount(1).startsWith("dvdquant: ").contains(expected);
        assertThat(err.toString()).doesNotContain("Exception");
        assertThat(code).isEqualTo(2);
        assertThat(work).isEmptyDirectory();
    }
}
