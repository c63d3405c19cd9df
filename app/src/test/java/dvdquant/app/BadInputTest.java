package dvdquant.app;

import dvdquant.core.format.Shape;
import dvdquant.models.pipeline.Latents;
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
import java.util.Map;
import java.util.stream.Stream;

import static dvdquant.app.BrokenModel.TEXT_ENCODER;
import static dvdquant.app.BrokenModel.TRANSFORMER;
import static dvdquant.app.BrokenModel.VAE;
import static org.assertj.core.api.Assertions.assertThat;

/** Every kind of bad input ends in one sentence, with exit code 2, and leaves nothing behind. */
class BadInputTest {
    @TempDir
    Path folder;

    /** Breaks a model before the command runs on it. */
    private interface Damage {
        void to(BrokenModel model) throws IOException;
    }

    private static Arguments broken(String name, Damage damage, String expected) {
        return Arguments.of(name, damage, List.of("--steps", "1"), expected);
    }

    private static Arguments flags(String name, String expected, String... flags) {
        return Arguments.of(name, (Damage) _ -> {}, List.of(flags), expected);
    }

    static Stream<Arguments> cases() {
        return Stream.of(brokenModels(), brokenWeights(), badFlags()).flatMap(List::stream);
    }

    private static List<Arguments> brokenModels() {
        return List.of(
                broken("no model_index.json", m -> m.delete("model_index.json"), "model_index.json: no such file"),
                broken("model_index.json is not JSON", m -> m.write("model_index.json", "{oops".getBytes()),
                        "not valid JSON"),
                broken("another pipeline",
                        m -> m.editText("model_index.json", t -> t.replace("WanPipeline", "FluxPipeline")),
                        "\"_class_name\" is \"FluxPipeline\", expected"),
                broken("a transformer_2 that is missing",
                        m -> m.editText("model_index.json", t -> t.replaceFirst("\\{",
                                "{\"transformer_2\": [\"diffusers\", \"WanTransformer3DModel\"],")),
                        "the folders transformer_2 are missing, expected a whole model"),
                broken("Wan VACE",
                        m -> m.editText("model_index.json", t -> t.replace("WanPipeline", "WanVACEPipeline")),
                        "this is Wan VACE, which makes clips of other clips, masks and pictures, which is not supported"),
                broken("duplicate keys",
                        m -> m.editText("model_index.json", t -> t.replaceFirst("\\{", "{\"vae\": 1,")),
                        "Duplicate"),
                broken("another scheduler",
                        m -> m.editText("scheduler/scheduler_config.json",
                                t -> t.replace("UniPCMultistepScheduler", "DDIMScheduler")),
                        "expected a supported scheduler"),
                broken("a scheduler's unsupported flag",
                        m -> m.editText("scheduler/scheduler_config.json",
                                t -> t.replace("\"use_karras_sigmas\": false", "\"use_karras_sigmas\": true")),
                        "\"use_karras_sigmas\" is true, expected false"),
                broken("no scheduler_config.json", m -> m.delete("scheduler/scheduler_config.json"),
                        "scheduler_config.json"),
                broken("image conditioning",
                        m -> m.editText("transformer/config.json",
                                t -> t.replace("\"image_dim\": null", "\"image_dim\": 1280")),
                        "\"added_kv_proj_dim\" is null, expected 256"),
                broken("a missing key",
                        m -> m.editText("transformer/config.json", t -> t.replace("ffn_dim", "ffn_dims")),
                        "\"ffn_dim\" is missing"),
                broken("a key of another type",
                        m -> m.editText("transformer/config.json",
                                t -> t.replace("\"num_layers\": 8", "\"num_layers\": \"8\"")),
                        "\"num_layers\" is \"8\", expected a whole number"),
                broken("more layers than any model has",
                        m -> m.editText("transformer/config.json",
                                t -> t.replace("\"num_layers\": 8", "\"num_layers\": 1000000000")),
                        "\"num_layers\" is 1000000000, expected 1000 at most"),
                broken("a negative epsilon",
                        m -> m.editText("transformer/config.json",
                                t -> t.replaceFirst("\"eps\": [^,]*,", "\"eps\": -1,")),
                        "\"eps\" is -1, expected a number from 0"),
                broken("a shift of zero",
                        m -> m.editText("scheduler/scheduler_config.json",
                                t -> t.replace("\"flow_shift\": 3.0", "\"flow_shift\": 0")),
                        "\"flow_shift\" is 0, expected a number above 0"),
                broken("no training steps",
                        m -> m.editText("scheduler/scheduler_config.json",
                                t -> t.replace("\"num_train_timesteps\": 1000", "\"num_train_timesteps\": 0")),
                        "\"num_train_timesteps\" is 0, expected a whole number from 1"),
                broken("another text encoder",
                        m -> m.editText("text_encoder/config.json", t -> t.replace("\"umt5\"", "\"clip\"")),
                        "no other text encoder is supported"),
                broken("a VAE of Wan2.2",
                        m -> m.editText("vae/config.json",
                                t -> t.replace("\"is_residual\": false", "\"is_residual\": true")),
                        "missing decoder.up_blocks.0.upsampler."),
                broken("a VAE of patches",
                        m -> m.editText("vae/config.json", t -> t.replace("\"patch_size\": null", "\"patch_size\": 2")),
                        "\"in_channels\" is 3, expected 12 for \"patch_size\" 2"),
                broken("a deviation of zero", m -> m.editText("vae/config.json", t -> t.replace("1.0947", "0.0")),
                        "latents_std"),
                broken("no tokenizer.json", m -> m.delete("tokenizer/tokenizer.json"), "tokenizer.json: no such file"),
                broken("tokenizer.json is garbage", m -> m.write("tokenizer/tokenizer.json", "[]".getBytes()),
                        "not a tokenizer"));
    }

    private static List<Arguments> brokenWeights() {
        return List.of(
                broken("no weights", m -> m.delete(TRANSFORMER), "diffusion_pytorch_model.safetensors"),
                broken("an empty file", m -> m.write(TRANSFORMER, new byte[0]), TRANSFORMER),
                broken("a truncated file", m -> m.truncate(TRANSFORMER, 1000), TRANSFORMER),
                broken("a header of 2^63 bytes", m -> m.headerLength(TRANSFORMER, Long.MIN_VALUE), "header"),
                broken("a header longer than the file", m -> m.headerLength(TRANSFORMER, 1L << 26), "header"),
                broken("overlapping offsets", m -> m.editHeader(TRANSFORMER, h -> h.replaceFirst(
                        "(\"blocks.0.norm2.weight\".*?\"data_offsets\":)\\[\\d+,\\d+\\]", "$1[0,1024]")), TRANSFORMER),
                broken("missing tensors",
                        m -> m.editHeader(TRANSFORMER,
                                h -> h.replace("\"blocks.3.attn1.to_q.weight\"", "\"blocks.3.to_q\"")),
                        "missing blocks.3.attn1.to_q.weight; not part of this model: blocks.3.to_q"),
                broken("another shape",
                        m -> m.editHeader(TRANSFORMER, h -> h.replace("[256,16,1,2,2]", "[256,16,2,2,1]")),
                        "patch_embedding.weight is [256, 16, 2, 2, 1], expected [256, 16, 1, 2, 2]"),
                broken("another dtype", m -> m.editHeader(TEXT_ENCODER, h -> h.replaceFirst(
                        "(\"encoder.final_layer_norm.weight\":\\{\"dtype\":)\"BF16\",\"shape\":\\[128\\]",
                        "$1\"I8\",\"shape\":[256]")),
                        "encoder.final_layer_norm.weight"),
                broken("an unknown dtype", m -> m.editHeader(TEXT_ENCODER, h -> h.replaceFirst("\"BF16\"", "\"F4\"")),
                        "F4"),
                broken("NaN in the transformer", m -> m.patch(TRANSFORMER, "proj_out.weight", (byte) 0xc0, (byte) 0x7f),
                        "tensor 'proj_out.weight' holds a NaN or Inf at element 0"),
                broken("Inf in the text encoder",
                        m -> m.patch(TEXT_ENCODER, "encoder.block.1.layer.1.DenseReluDense.wo.weight", (byte) 0x80,
                                (byte) 0x7f),
                        "holds a NaN or Inf"),
                broken("NaN in the VAE", m -> m.patch(VAE, "decoder.conv_in.weight", (byte) 0xc0, (byte) 0x7f),
                        "tensor 'decoder.conv_in.weight' holds a NaN or Inf"),
                broken("a shard of the index is missing", m -> {
                    m.delete(TRANSFORMER);
                    m.write("transformer/diffusion_pytorch_model.safetensors.index.json",
                            "{\"weight_map\": {\"a\": \"part-1.safetensors\"}}".getBytes());
                }, "part-1.safetensors"),
                broken("a shard outside of the folder", m -> {
                    m.delete(TRANSFORMER);
                    m.write("transformer/diffusion_pytorch_model.safetensors.index.json",
                            "{\"weight_map\": {\"a\": \"../vae/diffusion_pytorch_model.safetensors\"}}".getBytes());
                }, "../vae/"));
    }

    private static List<Arguments> badFlags() {
        return List.of(flags("0 steps", "steps: 0, expected 1 or more", "--steps", "0"),
                flags("guidance below 0", "guidance: -1.0, expected", "--guidance", "-1"),
                flags("true guidance of a model without an input for it",
                        "--true-guidance: a second pass of scale 2.0, expected none",
                        "--true-guidance", "2"),
                flags("a flow shift without levels", "flow shift: 1.0E30: of 2 steps the noise levels do not fall",
                        "--flow-shift", "1e30", "--steps", "2"),
                flags("a flow shift of 0", "flow shift: 0.0, expected a number above 0", "--flow-shift", "0"),
                flags("guidance NaN", "guidance: NaN, expected", "--guidance", "NaN"),
                flags("frames the VAE cannot take", "frames: 16, expected a multiple of 4 plus 1, such as 13 or 17",
                        "--frames", "16"),
                flags("no frames", "frames: 0, expected", "--frames", "0"),
                flags("a height the patches cannot take", "height: 100, expected a multiple of 16, such as 96 or 112",
                        "--height",
                        "100"),
                flags("a negative width", "width: -16, expected", "--width", "-16"),
                flags("more positions than the model has", "expected at most the model's 1024", "--width", "16640",
                        "--height",
                        "16", "--frames", "1", "-o", "FOLDER/clip.apng"),
                flags("a clip that does not fit the memory", "not enough memory", "--width", "16384", "--height",
                        "16384",
                        "--frames", "1025", "-o", "FOLDER/clip.apng"),
                flags("activation bits of a model in full precision", "--activations 4: ", "--activations", "4"),
                flags("delta without switch", "--delta 0.1: expected --activations switch with it", "--delta", "0.1"),
                flags("scales of a model in full precision", "--activation-scales token: this model is in full",
                        "--activation-scales", "token"),
                flags("TeaCache without a threshold", "no threshold is known for this model", "--cache", "teacache"),
                flags("a negative threshold", "a TeaCache threshold of -1.0, expected", "--cache", "teacache=-1"),
                flags("another cache", "--cache fbcache, expected teacache or teacache=X", "--cache", "fbcache"),
                flags("ret steps without a cache", "--cache-ret-steps: expected --cache", "--cache-ret-steps"),
                flags("0 frames a second", "0 frames a second", "--fps", "0"),
                flags("no GPU", "--device cuda", "--device", "cuda"),
                flags("an unknown device", "--device tpu: unknown", "--device", "tpu"),
                flags("an unknown dtype", "'f64'", "--dtype", "f64"),
                flags("latents inside the model", "it is inside the model, expected another file", "--save-latents",
                        "MODEL/transformer/latents.safetensors"),
                flags("latents in place of the clip", "the clip is written there", "-o", "FOLDER/same.mp4",
                        "--save-latents", "FOLDER/same.mp4"),
                flags("0 threads", "--threads 0", "--threads", "0"),
                flags("a billion steps", "steps: 1000000000, expected 10000 at most", "--steps", "1000000000"),
                flags("100,000 threads", "--threads 100000, expected 1 to 1024", "--threads", "100000"),
                flags("an unknown flag", "--colour", "--colour"), flags("not a number", "'ten'", "--steps", "ten"),
                flags("an empty prompt", "the prompt is empty", "-p", " "),
                flags("a byte order mark for a prompt", "empty once it is cleaned", "-p", "\uFEFF"),
                flags("a reference to a space for a prompt", "empty once it is cleaned", "-p", "&nbsp;&#32;"),
                flags("two sources", "found both", "--prompts", "x.txt"),
                flags("an unknown ending", ".avi", "-o", "FOLDER/clip.avi"),
                flags("an address for the clip", "it is an address, expected a path", "-o", "s3://bucket/clip.mp4"),
                flags("an address for a file", "'https://x.org/l.safetensors' is an address, expected a path",
                        "--save-latents", "https://x.org/l.safetensors"),
                flags("an empty path", "it is empty, expected a path", "--save-latents", ""),
                flags("a folder that cannot be made", "FOLDER/file.txt", "-o", "FOLDER/file.txt/clip.mp4"),
                flags("init-latents that are not there", "noise.safetensors", "--init-latents",
                        "FOLDER/noise.safetensors"),
                flags("init-latents that are something else", "expected the tensor 'latents'", "--init-latents",
                        "MODEL/" + TEXT_ENCODER),
                flags("init-latents of another model", "expected [1, 16, frames, height, width]", "--init-latents",
                        "FOLDER/other.safetensors"),
                flags("init-latents with NaN", "holds NaN at element 3", "--init-latents", "FOLDER/nan.safetensors"),
                flags("init-latents of another size than the flags", "--height 128 does not agree", "--init-latents",
                        "FOLDER/good.safetensors", "--height", "128"));
    }

    @ParameterizedTest(name = "{0}")
    @MethodSource("cases")
    void endsInOneSentence(String name, Damage damage, List<String> flags, String expected) throws IOException {
        var model = new BrokenModel(folder.resolve("model"));
        damage.to(model);
        Path work = Files.createDirectory(folder.resolve("work"));
        Files.writeString(work.resolve("file.txt"), "a file");
        writeLatents(work);
        List<String> before = names(work);

        var arguments = new ArrayList<>(
                List.of("generate", model.folder().toString(), "-q", "--frames", "5", "--height", "64",
                        "--width", "64", "-p", "a red circle", "-o", work.resolve("clip.mp4").toString()));
        override(arguments, flags.stream().map(f -> f.replace("FOLDER", work.toString()).replace("MODEL",
                model.folder().toString())).toList());
        var err = new StringWriter();
        int code = Main.run(arguments.toArray(String[]::new), new PrintWriter(new StringWriter()),
                new PrintWriter(err, true));

        assertThat(err.toString().strip()).as("message").hasLineCount(1).startsWith("dvdquant: ")
                .contains(expected.replace("FOLDER", work.toString()));
        assertThat(err.toString()).doesNotContain("Exception");
        assertThat(code).isEqualTo(2);
        assertThat(names(work)).isEqualTo(before);
    }

    /** Given flags take the place of those that a working command has. */
    private static void override(List<String> arguments, List<String> flags) {
        boolean initLatents = flags.contains("--init-latents");
        for (String flag : List.of("--frames", "--height", "--width", "-p", "-o")) {
            if (flags.contains(flag) || initLatents && flag.startsWith("--")) {
                int at = arguments.indexOf(flag);
                arguments.subList(at, at + 2).clear();
            }
        }
        arguments.addAll(flags);
    }

    private static void writeLatents(Path work) {
        new Latents(Shape.of(1, 16, 2, 8, 16), new float[16 * 2 * 8 * 16]).write(work.resolve("good.safetensors"),
                Map.of());
        new Latents(Shape.of(1, 4, 2, 8, 8), new float[4 * 2 * 8 * 8]).write(work.resolve("other.safetensors"),
                Map.of());
        var nan = new float[16 * 2 * 8 * 8];
        nan[3] = Float.NaN;
        new Latents(Shape.of(1, 16, 2, 8, 8), nan).write(work.resolve("nan.safetensors"), Map.of());
    }

    private static List<String> names(Path work) throws IOException {
        try (var files = Files.list(work)) {
            return files.map(Path::toString).sorted().toList();
        }
    }
}
