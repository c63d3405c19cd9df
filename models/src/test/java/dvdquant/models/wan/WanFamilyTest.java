package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.Component;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelFamily;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Guidance;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.Sampling;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RuledModel;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.OptionalDouble;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Which model a folder holds, what its clips are like, and what is said of folders that hold none. */
class WanFamilyTest {
    private static final String EXPERTS = "wan22-t2v-a14b";

    @TempDir
    Path folder;

    @ParameterizedTest
    @CsvSource({"wan21-i2v, 81, 480, 832, 40, 5.0, 16, 3", "wan21-flf2v, 81, 480, 832, 50, 5.0, 16, 16",
            "wan22-t2v-a14b, 81, 480, 832, 40, '4.0, then 3.0', 16, 12", "wan22-i2v-a14b, 81, 480, 832, 40, 3.5, 16, 5",
            "wan22-ti2v-5b, 121, 704, 1280, 50, 5.0, 24, 5"})
    void defaultsAreByModel(String name, int frames, int height, int width, int steps, String guidance, int fps,
            double flowShift) {
        Path model = RuledModel.write(name, folder);
        GenerationDefaults defaults = Pipelines.family(model).defaults(model);
        assertThat(defaults).isEqualTo(new GenerationDefaults(frames, height, width, steps, defaults.guidance(), fps,
                OptionalDouble.of(flowShift)));
        assertThat(defaults.guidance().text()).isEqualTo(guidance);
    }

    @Test
    void defaultsNeedNoTransformer() throws IOException {
        Path model = RuledModel.write("wan21-i2v", folder);
        delete(model.resolve("transformer"));
        assertThat(Pipelines.family(model).defaults(model).fps()).isEqualTo(16);
    }

    @Test
    void theDemoModelIsWan21() {
        ModelFamily family = Pipelines.family(Golden.MODEL);
        assertThat(family.defaults(Golden.MODEL))
                .isEqualTo(new GenerationDefaults(81, 480, 832, 50, Guidance.of(5), 16, OptionalDouble.of(5)));
        assertThat(family.read(Golden.MODEL).boundary()).isEmpty();
        assertThat(family.transformers(Golden.MODEL)).extracting(Component::name).containsExactly("transformer");
    }

    @Test
    void theBoundaryParts() {
        Path model = RuledModel.write(EXPERTS, folder);
        DiffusionModel read = Pipelines.family(model).read(model);
        var own = new Sampling(6, Guidance.of(4).withSecond(3));
        assertThat(Stream.of(999.0, 875.0, 874.0, 0.0).map(t -> read.transformerAt(t, own)))
                .containsExactly("transformer", "transformer", "transformer_2", "transformer_2");
        assertThat(read.transformerAt(874, own.withBoundary(0.5))).isEqualTo("transformer");
        assertThat(read.transformerAt(0, own.withBoundary(0))).isEqualTo("transformer");
        assertThat(read.transformerAt(999, own.withBoundary(1))).isEqualTo("transformer_2");
        assertThat(read.guidance(own, "transformer")).isEqualTo(4);
        assertThat(read.guidance(own, "transformer_2")).isEqualTo(3);
        assertThat(read.guidance(own.withGuidance(Guidance.of(6)), "transformer_2")).isEqualTo(6);
    }

    /** The converter writes it for Wan2.1, too. */
    @Test
    void aBoundaryWithoutASecondTransformerMeansNothing() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        replace(model.resolve("model_index.json"), "\"transformer_2\": \\[[^]]*]", "\"transformer_2\": [null, null]");
        ModelFamily family = Pipelines.family(model); // its folder is there still
        assertThat(family.transformers(model)).extracting(Component::name).containsExactly("transformer");
        assertThat(family.read(model).boundary()).isEmpty();
        assertThat(family.read(model).transformerAt(0, new Sampling(6, Guidance.of(4)))).isEqualTo("transformer");
    }

    @Test
    void aSecondTransformerThatIsMissingIsNamed() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        delete(model.resolve("transformer_2"));
        refused(model, model + ": the folders transformer_2 are missing, expected a whole model: scheduler, "
                + "text_encoder, tokenizer, transformer, transformer_2, vae");
    }

    @Test
    void aSecondTransformerNeedsABoundary() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        Path index = model.resolve("model_index.json");
        replace(index, "\"boundary_ratio\": 0.875", "\"boundary_ratio\": null");
        refused(model, index + ": \"boundary_ratio\" is null, expected a number from 0 to 1, for there is a "
                + "transformer_2");
        replace(index, "\"boundary_ratio\": null", "\"boundary_ratio\": 875");
        refused(model, index + ": \"boundary_ratio\" is 875, expected a number from 0 to 1");
    }

    @Test
    void transformersOfTwoModelsAreRefused() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        replace(model.resolve("transformer_2/config.json"), "\"text_dim\": 128", "\"text_dim\": 64");
        refused(model,
                model.resolve("transformer_2/config.json")
                        + ": its latents, patches, texts or pictures are not those of "
                        + "transformer, expected two transformers of one model");
    }

    @ParameterizedTest
    @CsvSource({"WanVACEPipeline, Wan VACE", "WanAnimatePipeline, Wan Animate", "WanS2VPipeline, Wan S2V",
            "WanFunControlPipeline, Wan Fun", "WanVideoToVideoPipeline, Wan's video to video"})
    void variantsAreNamedByTheirPipeline(String pipeline, String name) throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        replace(model.resolve("model_index.json"), "WanPipeline", pipeline);
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessageStartingWith(
                        model.resolve("model_index.json") + ": \"_class_name\" is \"" + pipeline + "\", expected")
                .hasMessageContaining(": this is " + name + ", which ").hasMessageEndingWith(" is not supported");
    }

    @ParameterizedTest
    @CsvSource({"vace_layers, '[0, 5]', Wan VACE", "vace_in_channels, 96, Wan VACE",
            "motion_encoder_channel_sizes, '{}', Wan Animate", "audio_dim, 1024, Wan S2V",
            "add_ref_conv, true, Wan Fun"})
    void variantsAreNamedByTheirKeys(String key, String value, String name) throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        Path config = model.resolve("transformer/config.json");
        replace(config, "\\{", "{\"" + key + "\": " + value + ",");
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessageStartingWith(config + ": \"" + key + "\" is a key of " + name + ", which ")
                .hasMessageEndingWith("expected a Wan transformer of text or pictures");
        assertThatThrownBy(() -> Pipelines.transformerLayout(config.getParent())).hasMessageContaining(name);
    }

    @Test
    void aTransformerOfAnotherClassIsNamed() throws IOException {
        Path config = RuledModel.write(EXPERTS, folder).resolve("transformer/config.json");
        replace(config, "WanTransformer3DModel", "WanVACETransformer3DModel");
        assertThatThrownBy(() -> Pipelines.transformerLayout(config.getParent())).isInstanceOf(InputException.class)
                .hasMessageContaining(": this is Wan VACE, which ");
    }

    @Test
    void channelsOfNoLayoutAreRefused() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        Path config = model.resolve("transformer/config.json");
        for (String key : List.of("in_channels", "out_channels")) {
            replace(config, "\"" + key + "\": 16", "\"" + key + "\": 52");
        }
        refused(model,
                config + ": \"in_channels\" is 52, expected 16, as the autoencoder has 16 channels and clips are "
                        + "made of texts: other variants of Wan, such as Fun, are not supported");
    }

    @Test
    void aTransformerOfPicturesIsNotOneOfTexts() throws IOException {
        Path model = RuledModel.write(EXPERTS, folder);
        replace(model.resolve("model_index.json"), "WanPipeline", "WanImageToVideoPipeline");
        refused(model, model.resolve("transformer/config.json") + ": \"in_channels\" is 16, expected 36, as the "
                + "autoencoder has 16 channels and clips are made of pictures: such a transformer makes clips of texts "
                + "alone");
    }

    private static void refused(Path model, String message) {
        assertThatThrownBy(() -> Pipelines.open(model, LoadOptions.defaults())).isInstanceOf(InputException.class)
                .hasMessage(message);
    }

    private static void replace(Path file, String what, String by) throws IOException {
        String text = Files.readString(file);
        String changed = text.replaceFirst(what, by);
        assertThat(changed).isNotEqualTo(text);
        Files.writeString(file, changed);
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            files.forEach(file -> {
                try {
                    Files.delete(file);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            });
        }
        Files.delete(folder);
    }
}
