package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.pipeline.Progress;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.prompts.ImagePrompt;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CancellationException;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** What Wan's models take pictures for, how encoding them runs, and what is said where something does not fit. */
@NoLeaks
class WanImagesTest {
    private static final ImagePrompt FIRST = ImagePrompt.of(Golden.picture("wan21-flf2v.first"));
    private static final ImagePrompt BOTH = FIRST.withLast(Golden.picture("wan21-flf2v.last"));

    @TempDir
    Path folder;

    private static GenerationRequest request(VideoPipeline pipeline, ImagePrompt images) {
        return pipeline.request("a circle").withSize(9, 64, 64).withImages(images);
    }

    @ParameterizedTest
    @CsvSource({"wan21-i2v, REQUIRED, NONE", "wan21-flf2v, REQUIRED, REQUIRED", "wan22-i2v-a14b, REQUIRED, OPTIONAL",
            "wan22-ti2v-5b, OPTIONAL, NONE", "wan22-t2v-a14b, NONE, NONE"})
    void whatAModelTakesFollowsFromItsConfiguration(String name, Use first, Use last) {
        try (var pipeline = Pipelines.open(RuledModel.write(name, folder), LoadOptions.defaults())) {
            assertThat(pipeline.images()).isEqualTo(new ImageInput(first, last));
            for (ImagePrompt images : List.of(ImagePrompt.NONE, FIRST, BOTH)) {
                boolean taken = isTaken(first, images.first().isPresent()) && isTaken(last, images.last().isPresent());
                GenerationRequest request = request(pipeline, images);
                if (taken) {
                    pipeline.check(request);
                } else {
                    assertThatThrownBy(() -> pipeline.check(request)).isInstanceOf(InputException.class)
                            .hasMessageMatching("(last )?image: (none, expected one: this model makes a clip .*|"
                                    + "one is given, expected none: this model does not use it)");
                }
            }
        }
    }

    private static boolean isTaken(Use use, boolean given) {
        return use == Use.OPTIONAL || given == (use == Use.REQUIRED);
    }

    /** The mask says which frames are known, and a last picture changes what is encoded. */
    @Test
    void aLastPictureIsTheLastFrameOfTheLastLatent() {
        try (var pipeline = Pipelines.open(RuledModel.write("wan22-i2v-a14b", folder), LoadOptions.defaults())) {
            List<Conditioning> made = pipeline.encodeImages(List.of(request(pipeline, FIRST), request(pipeline, BOTH)),
                    PipelineListener.NONE, new Cancellation());
            int area = 8 * 8;
            for (int clip = 0; clip < 2; clip++) {
                float[] values = ImageParts.of(made.get(clip)).condition().orElseThrow().values();
                for (int channel = 0; channel < 4; channel++) {
                    for (int frame = 0; frame < 3; frame++) {
                        boolean known = frame == 0 || clip == 1 && channel == 3 && frame == 2;
                        assertThat(values[(channel * 3 + frame) * area]).isEqualTo(known ? 1 : 0);
                    }
                }
            }
            assertThat(made.get(0).parts().keySet()).containsExactly("condition");
            GenerationRequest still = request(pipeline, BOTH).withSize(1, 64, 64);
            assertThatThrownBy(
                    () -> pipeline.encodeImages(List.of(still), PipelineListener.NONE, new Cancellation()))
                    .isInstanceOf(InputException.class).hasMessage(
                            "frames: 1, expected more: the clip begins with a picture and ends with another");
        }
    }

    @Test
    void weightsAreLoadedOnceForAllClipsAndProgressIsOfAll() {
        Path model = RuledModel.write("wan21-i2v", folder);
        List<String> opened = Collections.synchronizedList(new ArrayList<>());
        TensorSource.Opener sources = component -> {
            opened.add(component.getFileName().toString());
            return Checkpoint.open(component);
        };
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults().withSources(sources))) {
            opened.clear();
            var progress = new ArrayList<Progress>();
            GenerationRequest request = request(pipeline, FIRST);
            pipeline.encodeImages(List.of(request, request.withSize(5, 64, 96)), listener(progress),
                    new Cancellation());
            assertThat(opened).containsExactly("image_encoder", "vae");
            int total = 2 + 3 + 2; // layers that run, and latent frames
            assertThat(progress).extracting(Progress::total).containsOnly(total);
            assertThat(progress).extracting(Progress::done).isSorted().contains(0, 1, 2, 3, 4, 5, 6, 7);
        }
    }

    private static PipelineListener listener(List<Progress> progress) {
        return new PipelineListener() {
            @Override
            public void onProgress(Progress at) {
                progress.add(at);
            }
        };
    }

    /** At each part; what was loaded is freed, which the test's extension sees, and the next pass runs. */
    @Test
    void encodingCanBeCancelledAtEachPart() {
        try (var pipeline = Pipelines.open(RuledModel.write("wan21-flf2v", folder), LoadOptions.defaults())) {
            GenerationRequest request = request(pipeline, BOTH);
            for (int part = 1; part < 2 + 3; part++) {
                var cancellation = new Cancellation();
                int last = part;
                PipelineListener listener = new PipelineListener() {
                    @Override
                    public void onProgress(Progress at) {
                        if (at.done() == last - 1) cancellation.cancel();
                    }
                };
                assertThatThrownBy(() -> pipeline.encodeImages(List.of(request), listener, cancellation))
                        .isInstanceOf(CancellationException.class);
            }
            assertThat(pipeline.encodeImages(List.of(request), PipelineListener.NONE, new Cancellation())).hasSize(1);
        }
    }

    @Test
    void memoryIsPlannedForPicturesAlone() {
        try (var pipeline = Pipelines.open(RuledModel.write("wan21-i2v", folder), LoadOptions.defaults())) {
            var plan = pipeline.plan(request(pipeline, FIRST));
            assertThat(plan.phase("images").needs()).extracting(Need::name).contains("the VAE's encoder");
            long small = plan.phase("images").bytes();
            assertThat(pipeline.plan(request(pipeline, FIRST).withSize(9, 256, 256)).phase("images").bytes())
                    .isGreaterThan(small);
        }
        try (var pipeline = Pipelines.open(RuledModel.write("wan22-ti2v-5b", folder), LoadOptions.defaults())) {
            assertThat(pipeline.plan(request(pipeline, ImagePrompt.NONE)).phases()).extracting("name")
                    .doesNotContain("images");
        }
    }

    /** Tiles change the latents a little: that is said, and only then. */
    @Test
    void picturesAreEncodedInTilesWhereMemoryIsShort() {
        ImageConditioning images = WanModel.read(RuledModel.write("wan22-i2v-a14b", folder), true).images()
                .orElseThrow();
        var warnings = new ArrayList<String>();
        var listener = new ImageConditioning.Listener() {
            @Override
            public void partsDone(int done, int total) {}

            @Override
            public void onWarning(String warning) {
                warnings.add(warning);
            }
        };
        var clips = List.of(new ImageConditioning.Pictured(FIRST, new ClipSize(5, 64, 288)));
        try (var device = CpuDevice.open(2)) {
            images.encode(clips, Checkpoint::open, ElementType.F32, device, Long.MAX_VALUE, listener);
            assertThat(warnings).isEmpty();
            images.encode(clips, Checkpoint::open, ElementType.F32, device, 0, listener);
            assertThat(warnings).singleElement().asString().contains("encoded in tiles");
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "added_kv_proj_dim|128|null|expected 128, the width of the model, since there is an image_dim",
            "added_kv_proj_dim|128|64|expected 128, the width of the model, since there is an image_dim",
            "image_dim|96|null|\"added_kv_proj_dim\" is 128, expected null, as image_dim",
            "pos_embed_seq_len|null|33|expected an even number, of two pictures",
            "in_channels|36|16|expected 36: a model with image_dim reads the latents of a picture, too",
            "in_channels|36|32|expected 16, as out_channels, or 36 with those of a picture"})
    void partsThatDoNotBelongTogetherAreRefused(String key, String before, String after, String message)
            throws IOException {
        Path model = RuledModel.write("wan21-i2v", folder);
        Path config = model.resolve("transformer/config.json");
        replace(config, "\"" + key + "\": " + before, "\"" + key + "\": " + after);
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessageStartingWith(config + ": \"").hasMessageContaining(message);
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
            "image_dim|96|80|makes 17 states of 96 channels of a picture, expected 17 of 80",
            "pos_embed_seq_len|null|40|makes 17 states of 96 channels of a picture, expected 20 of 96"})
    void anImageEncoderOfAnotherModelIsRefused(String key, String before, String after, String message)
            throws IOException {
        Path model = RuledModel.write("wan21-i2v", folder);
        replace(model.resolve("transformer/config.json"), "\"" + key + "\": " + before, "\"" + key + "\": " + after);
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessage(model.resolve("image_encoder/config.json") + ": " + message
                        + ", as the transformer reads them (image_dim, pos_embed_seq_len)");
    }

    @Test
    void timesOfTokensNeedPatchesOfOneFrame() throws IOException {
        Path model = RuledModel.write("wan22-ti2v-5b", folder);
        replace(model.resolve("transformer/config.json"), "\"patch_size\": \\[\\s*1", "\"patch_size\": [2");
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessageEndingWith("2 latent frames together (patch_size), expected 1 of a model with "
                        + "expand_timesteps");
    }

    private static void replace(Path file, String what, String by) throws IOException {
        String text = Files.readString(file);
        String changed = text.replaceFirst(what, by);
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(file, changed);
    }
}
