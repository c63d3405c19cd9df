package dvdquant.models.vision;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.image.RgbImage;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.testing.Seeds;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.encoder.LayerListener;
import dvdquant.models.testing.Golden;
import dvdquant.models.testing.RenamedCheckpoint;
import dvdquant.models.testing.RuledModel;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import javax.imageio.ImageIO;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CancellationException;
import java.util.function.Function;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class ClipVisionEncoderTest {
    private static final int VALUES = 3 * 56 * 56;

    @TempDir
    private Path folder;
    private Path model;
    private Path encoder;

    @BeforeEach
    void write() {
        model = RuledModel.write("wan21-i2v", folder);
        encoder = model.resolve("image_encoder");
    }

    private static List<float[]> states(Path encoder, ElementType type, LayerListener listener, List<float[]> images) {
        try (var device = CpuDevice.open();
                var clip = ClipVisionEncoder.open(encoder, Checkpoint::open, type, device);
                var _ = TensorScope.open()) {
            return clip.encode(images, listener).stream().map(Tensor::toFloats).toList();
        }
    }

    private static float[] states(Path encoder, float[] image) {
        return states(encoder, ElementType.F32, (_, _) -> {}, List.of(image)).getFirst();
    }

    private static float[] image(int seed) {
        var random = Seeds.random(seed);
        var values = new float[VALUES];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) random.nextGaussian();
        }
        return values;
    }

    private Path renamed(Function<String, Optional<String>> name) {
        return RenamedCheckpoint.write(encoder, folder.resolve("renamed"), name);
    }

    private static RgbImage picture(String name) throws IOException {
        BufferedImage read = ImageIO
                .read(Golden.RESOURCES.resolve("golden/wan-more").resolve(name + ".png").toFile());
        int width = read.getWidth();
        int height = read.getHeight();
        return RgbImage.ofArgb(width, height, read.getRGB(0, 0, width, height, null, 0, width));
    }

    private static List<float[]> rows(float[] values, int length) {
        var rows = new ArrayList<float[]>();
        for (int from = 0; from < values.length; from += length) {
            rows.add(Arrays.copyOfRange(values, from, from + length));
        }
        return rows;
    }

    @ParameterizedTest
    @ValueSource(strings = {"wan21-i2v", "wan21-flf2v"})
    void agreesWithTransformers(String name) {
        Path other = RuledModel.write(name, folder.resolve("other"));
        try (var golden = Golden.ofWan(name)) {
            List<float[]> expected = rows(golden.floats("image.embeds"), 17 * 96);
            List<float[]> states = states(other.resolve("image_encoder"), ElementType.F32, (_, _) -> {},
                    rows(golden.floats("image.pixel_values"), VALUES));
            assertThat(states).hasSameSizeAs(expected);
            for (int i = 0; i < expected.size(); i++) {
                assertThat(RelativeError.of(states.get(i), expected.get(i))).isLessThan(1e-5);
            }
        }
    }

    @Test
    void isNearInHalfPrecision() {
        float[] image = image(1);
        List<float[]> half = states(encoder, ElementType.BF16, (_, _) -> {}, List.of(image));
        assertThat(RelativeError.of(half.getFirst(), states(encoder, image))).isBetween(1e-5, 2e-2);
    }

    @ParameterizedTest
    @CsvSource({"wan21-i2v.first, image.pixel_values", "wan21-i2v.resize, resize.image_processor"})
    void picturesBecomeTheReferencesValues(String picture, String tensor) throws IOException {
        var processor = ClipVisionConfig.read(encoder).processor(model.resolve("image_processor"));
        try (var golden = Golden.ofWan("wan21-i2v")) {
            assertThat(processor.pixelValues(picture(picture))).usingComparatorWithPrecision(1e-6f)
                    .containsExactly(golden.floats(tensor));
        }
    }

    @Test
    void anImageIsEncodedAsIfItWereAlone() {
        List<float[]> both = states(encoder, ElementType.F32, (_, _) -> {}, List.of(image(1), image(2)));
        assertThat(both.getFirst()).isEqualTo(states(encoder, image(1)));
        assertThat(both.getLast()).isEqualTo(states(encoder, image(2))).isNotEqualTo(both.getFirst());
        assertThat(states(encoder, ElementType.F32, (_, _) -> {}, List.of())).isEmpty();
    }

    @Test
    void theFirstTokenSeesTheLastPatch() {
        float[] changed = image(1);
        changed[VALUES - 1] += 4;
        float[] before = Arrays.copyOf(states(encoder, image(1)), 96);
        assertThat(RelativeError.of(Arrays.copyOf(states(encoder, changed), 96), before)).isGreaterThan(1e-4);
    }

    @Test
    void theCountedWeightsAreThoseOfThePublishedModel() {
        // Without the norm behind the last layer, which nothing reads.
        assertThat(ClipVisionConfig.VIT_H_14.layout().elements()).isEqualTo(630_766_080L - 2 * 1280);
        assertThat(ClipVisionConfig.VIT_H_14.tokens()).isEqualTo(257);
    }

    @Test
    void namesAreKnownWithoutTheirPrefix() {
        Path without = renamed(name -> Optional.of(name.replace("vision_model.", "")));
        assertThat(states(without, image(1))).isEqualTo(states(encoder, image(1)));
    }

    @Test
    void whatIsNotReadMayBeMissing() {
        Path without = renamed(name -> name.contains("post_layernorm") ? Optional.empty() : Optional.of(name));
        assertThat(states(without, image(1))).isEqualTo(states(encoder, image(1)));
    }

    @Test
    void theProjectionMayBeThere() {
        // In a checkpoint of CLIPVisionModelWithProjection; its shape is nobody's concern here.
        Path with = renamed(name -> Optional.of(name.replace("vision_model.post_layernorm.weight",
                "visual_projection.weight")));
        assertThat(states(with, image(1))).isEqualTo(states(encoder, image(1)));
    }

    @Test
    void geluIsAnotherFunction() {
        float[] exact = states(encoder, image(1));
        RenamedCheckpoint.configure(encoder, "\"gelu\"", "\"quick_gelu\"");
        assertThat(RelativeError.of(states(encoder, image(1)), exact)).isBetween(1e-4, 0.1);
    }

    @Test
    void theLastLayerIsNotLoaded() throws IOException {
        float[] expected = states(encoder, image(1));
        poison("vision_model.encoder.layers.2.mlp.fc1.weight");
        assertThat(states(encoder, image(1))).isEqualTo(expected);
        poison("vision_model.encoder.layers.1.mlp.fc1.weight");
        assertThatThrownBy(() -> states(encoder, image(1))).isInstanceOf(InputException.class)
                .hasMessageContaining("vision_model.encoder.layers.1.mlp.fc1.weight");
    }

    /** Writes a NaN into a tensor's first value. */
    private void poison(String name) throws IOException {
        Path file = encoder.resolve("model.safetensors");
        byte[] bytes = Files.readAllBytes(file);
        try (var checkpoint = Checkpoint.open(encoder)) {
            byte[] values = checkpoint.tensors().get(name).data().toArray(ValueLayout.JAVA_BYTE);
            int at = bytes.length - values.length;
            while (!Arrays.equals(bytes, at, at + values.length, values, 0, values.length)) {
                at--;
            }
            bytes[at] = (byte) 0xc0;
            bytes[at + 1] = 0x7f;
        }
        Files.write(file, bytes);
    }

    @Test
    void tellsOfEachLayerAndCanBeCancelled() {
        var told = new ArrayList<String>();
        states(encoder, ElementType.F32, (layer, layers) -> told.add(layer + "/" + layers), List.of(image(1)));
        assertThat(told).containsExactly("1/2", "2/2");
        told.clear();
        assertThatThrownBy(() -> states(encoder, ElementType.F32, (layer, _) -> {
            told.add("" + layer);
            throw new CancellationException();
        }, List.of(image(1), image(2)))).isInstanceOf(CancellationException.class);
        assertThat(told).containsExactly("1");
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "\"model_type\": \"clip_vision_model\"; \"model_type\": \"clip_text_model\"; \"model_type\" is \"clip_text_model\", expected \"clip_vision_model\"",
            "\"model_type\": \"clip_vision_model\"; \"model_type\": \"siglip_vision_model\"; \"model_type\" is \"siglip_vision_model\"",
            "\"image_size\": 56; \"image_size\": 57; \"patch_size\" is 14, expected a divisor of image_size 57",
            "\"image_size\": 56; \"image_size\": 7; \"patch_size\" is 14, expected a divisor of image_size 7",
            "\"image_size\": 56; \"image_size\": 2000000000; \"image_size\" is 2000000000, expected an image whose values",
            "\"image_size\": 56; \"image_size\": [56, 56]; \"image_size\" is [56,56], expected a whole number from 1",
            "\"image_size\": 56; \"image_size\": 70; embeddings.position_embedding.weight is [17, 96], expected [26, 96]",
            "\"patch_size\": 14; \"patch_size\": 0; \"patch_size\" is 0, expected a whole number from 1",
            "\"patch_size\": 14; \"patch_size\": 7; patch_embedding.weight is [96, 3, 14, 14], expected [96, 3, 7, 7]",
            "\"num_channels\": 3; \"num_channels\": 1; \"num_channels\" is 1, expected 3",
            "\"hidden_act\": \"gelu\"; \"hidden_act\": \"silu\"; \"hidden_act\" is \"silu\", expected",
            "\"num_attention_heads\": 2; \"num_attention_heads\": 5; \"num_attention_heads\" is 5, expected a divisor of hidden_size 96",
            "\"num_hidden_layers\": 3; \"num_hidden_layers\": 4; missing vision_model.encoder.layers.3.layer_norm1.bias",
            "\"num_hidden_layers\": 3; \"num_hidden_layers\": 2; not part of this model: vision_model.encoder.layers.2.",
            "\"hidden_size\": 96; \"hidden_size\": 64; vision_model.embeddings.class_embedding is [96], expected [64]"})
    void anotherModelIsRefused(String text, String replacement, String sentence) {
        RenamedCheckpoint.configure(encoder, text, replacement);
        assertThatThrownBy(() -> states(encoder, image(1))).isInstanceOf(InputException.class)
                .hasMessageContaining("image_encoder").hasMessageContaining(sentence).hasMessageNotContaining("\n");
    }

    @Test
    void missingTensorsAreNamed() {
        Path without = renamed(name -> name.endsWith("pre_layrnorm.bias") ? Optional.empty() : Optional.of(name));
        assertThatThrownBy(() -> states(without, image(1))).isInstanceOf(InputException.class)
                .hasMessageContaining("the tensors do not fit the model: missing vision_model.pre_layrnorm.bias");
    }

    @Test
    void aFolderWithoutAModelIsNamed() throws IOException {
        Path empty = Files.createDirectory(folder.resolve("empty"));
        assertThatThrownBy(() -> states(empty, image(1))).isInstanceOf(InputException.class)
                .hasMessageContaining("cannot read " + empty.resolve("config.json"));
    }

    @ParameterizedTest
    @CsvSource(delimiter = ';', value = {
            "CLIPImageProcessor; SiglipImageProcessor; \"image_processor_type\" is \"SiglipImageProcessor\", expected \"CLIPImageProcessor\"",
            "\"height\": 56; \"height\": 42; expected the image encoder's image_size, 56 pixels of both height and width"})
    void anotherProcessorIsRefused(String text, String replacement, String sentence) throws IOException {
        ClipVisionConfig config = ClipVisionConfig.read(encoder);
        Path settings = model.resolve("image_processor/preprocessor_config.json");
        String json = Files.readString(settings);
        assertThat(json).contains(text);
        Files.writeString(settings, json.replace(text, replacement));
        assertThatThrownBy(() -> config.processor(settings.getParent())).isInstanceOf(InputException.class)
                .hasMessageContaining("preprocessor_config.json").hasMessageContaining(sentence);
        Files.delete(settings);
        assertThatThrownBy(() -> config.processor(settings.getParent())).isInstanceOf(InputException.class)
                .hasMessageContaining("cannot read " + settings);
    }
}
