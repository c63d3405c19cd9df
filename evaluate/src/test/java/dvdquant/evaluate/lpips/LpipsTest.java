package dvdquant.evaluate.lpips;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.core.testing.Seeds;
import dvdquant.core.video.Video;
import dvdquant.core.video.Videos;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

/** With random weights, since the real ones cannot be shipped: the sizes are AlexNet's. */
@NoLeaks
class LpipsTest {
    private static final List<Integer> CONVS = List.of(0, 3, 6, 8, 10);
    private static final Map<String, Shape> SHAPES = shapes();
    private static final Map<String, float[]> VALUES = new HashMap<>();

    @TempDir
    static Path folder;

    private static Map<String, Shape> shapes() {
        var shapes = new LinkedHashMap<String, Shape>();
        long[][] kernels = {{64, 3, 11, 11}, {192, 64, 5, 5}, {384, 192, 3, 3}, {256, 384, 3, 3}, {256, 256, 3, 3}};
        for (int i = 0; i < kernels.length; i++) {
            shapes.put("features." + CONVS.get(i) + ".weight", Shape.of(kernels[i]));
            shapes.put("features." + CONVS.get(i) + ".bias", Shape.of(kernels[i][0]));
            shapes.put("lin" + i + ".model.1.weight", Shape.of(1, kernels[i][0], 1, 1));
        }
        return shapes;
    }

    /** Scaled so that the values neither grow nor fade from layer to layer; weightings are positive, as the real ones. */
    @BeforeAll
    static void draw() {
        SHAPES.forEach((name, shape) -> {
            int count = Math.toIntExact(shape.elements());
            float[] values = Seeds.gaussian(name.hashCode(), count);
            double scale = name.startsWith("features") ? Math.sqrt(2.0 * shape.dim(0) / count) : 1;
            for (int i = 0; i < count; i++) {
                values[i] = name.endsWith("bias") ? 0.1f * values[i] : (float) (scale * values[i]);
                if (name.startsWith("lin")) values[i] = Math.abs(values[i]);
            }
            VALUES.put(name, values);
        });
        write("torchvision", SHAPES, name -> name);
    }

    private static Path file(String name) {
        return folder.resolve(name + ".safetensors");
    }

    /** @param rename from the names here to those in the file */
    private static Path write(String file, Map<String, Shape> shapes, UnaryOperator<String> rename) {
        var specs = new ArrayList<TensorSpec>();
        shapes.forEach((name, shape) -> specs.add(new TensorSpec(rename.apply(name), ElementType.F32, shape)));
        try (var writer = SafetensorsWriter.create(file(file), specs, Map.of())) {
            shapes.forEach((name, shape) -> {
                float[] values = VALUES.getOrDefault(name, new float[0]).length == shape.elements()
                        ? VALUES.get(name)
                        : new float[Math.toIntExact(shape.elements())];
                writer.write(rename.apply(name), MemorySegment.ofArray(values));
            });
            writer.commit();
        }
        return file(file);
    }

    private static Map<String, Shape> with(String name, Shape shape) {
        var shapes = new LinkedHashMap<>(SHAPES);
        shapes.put(name, shape);
        return shapes;
    }

    private static Map<String, Shape> without(String... names) {
        var shapes = new LinkedHashMap<>(SHAPES);
        shapes.keySet().removeAll(List.of(names));
        return shapes;
    }

    private static List<Double> score(Path file, Video clip, Video reference) {
        try (Lpips lpips = Lpips.open(file)) {
            return lpips.of(clip, reference);
        }
    }

    @Test
    void followsItsDefinition() {
        Video reference = Videos.random(11, 64, 64, 2);
        Video clip = new Video(64, 64, List.of(Videos.noisy(reference, 12, 60).frames().get(0),
                Videos.random(13, 64, 64, 1).frames().get(0)));
        List<Double> scores = score(file("torchvision"), clip, reference);
        var independent = new ReferenceLpips(VALUES);
        for (int f = 0; f < 2; f++) {
            double expected = independent.distance(clip.frames().get(f), reference.frames().get(f), 64, 64);
            assertThat(expected).isGreaterThan(0.1);
            assertThat(scores.get(f)).isEqualTo(expected, within(1e-5 * expected));
        }
        assertThat(scores.get(1)).isGreaterThan(scores.get(0));
    }

    @Test
    void takesFramesThatAreNotSquareAndTheSmallestToo() {
        for (int[] size : new int[][]{{75, 42}, {31, 31}}) {
            Video reference = Videos.random(21, size[0], size[1], 1);
            Video clip = Videos.noisy(reference, 22, 30);
            double expected = new ReferenceLpips(VALUES).distance(clip.frames().getFirst(),
                    reference.frames().getFirst(), size[0], size[1]);
            assertThat(score(file("torchvision"), clip, reference).getFirst()).isEqualTo(expected,
                    within(1e-5 * expected));
        }
    }

    @Test
    void equalFramesHaveZero() {
        Video clip = Videos.constant(40, 40, 1, 128);
        assertThat(score(file("torchvision"), clip, clip)).containsExactly(0.0);
    }

    /** As LPIPS.state_dict() names them, its second names and the scaling layer included; and AlexNet's classifier. */
    @Test
    void knowsTheNamesOfTheLpipsPackage() {
        Video reference = Videos.random(31, 33, 35, 1);
        Video clip = Videos.noisy(reference, 32, 40);
        List<Double> expected = score(file("torchvision"), clip, reference);

        var dump = with("scaling_layer.shift", Shape.of(1, 3, 1, 1));
        dump.put("lins.0.model.1.weight", Shape.of(1, 64, 1, 1));
        dump.put("classifier.6.bias", Shape.of(1000));
        Path package_ = write("package", dump, LpipsTest::nameInThePackage);
        assertThat(score(package_, clip, reference)).isEqualTo(expected);
        Path lins = write("lins", SHAPES, name -> name.replaceFirst("^lin(\\d)", "lins.$1"));
        assertThat(score(lins, clip, reference)).isEqualTo(expected);
    }

    private static String nameInThePackage(String name) {
        if (!name.startsWith("features.")) return name;
        String rest = name.substring("features.".length());
        int index = Integer.parseInt(rest.substring(0, rest.indexOf('.')));
        return "net.slice" + (CONVS.indexOf(index) + 1) + "." + rest;
    }

    @Test
    void namesEachTensorThatDoesNotFit() {
        assertRefused(write("missing", without("features.3.bias", "lin4.model.1.weight"), name -> name),
                "missing features.3.bias, lin4.model.1.weight");
        assertRefused(write("vgg", with("features.0.weight", Shape.of(64, 3, 3, 3)), name -> name),
                "features.0.weight is [64, 3, 3, 3], expected [64, 3, 11, 11]");
        assertRefused(write("slices", without("features.10.weight"), LpipsTest::nameInThePackage),
                "missing net.slice5.10.weight");
        assertRefused(write("other", with("features.28.bias", Shape.of(512)), name -> name),
                "not part of this model: features.28.bias");
        assertRefused(folder.resolve("none.safetensors"), "cannot be read: no such file");
    }

    @Test
    void refusesWeightsThatAreNotFinite() {
        float[] bias = VALUES.get("features.8.bias");
        float value = bias[5];
        try {
            bias[5] = Float.NaN;
            assertRefused(write("nan", SHAPES, name -> name), "'features.8.bias' holds a NaN or Inf at element 5");
        } finally {
            bias[5] = value;
        }
    }

    private static void assertRefused(Path file, String reason) {
        assertThatThrownBy(() -> Lpips.open(file)).isInstanceOf(InputException.class)
                .hasMessageContainingAll(file.toString(), reason);
    }

    @Test
    void refusesClipsItCannotCompare() {
        try (Lpips lpips = Lpips.open(file("torchvision"))) {
            Video small = Videos.constant(30, 64, 1, 0);
            assertThatThrownBy(() -> lpips.of(small, small)).isInstanceOf(InputException.class)
                    .hasMessage("LPIPS needs frames of 31×31 pixels or more, these are 30×64");
            assertThatThrownBy(() -> lpips.of(small, Videos.constant(30, 64, 2, 0))).isInstanceOf(InputException.class)
                    .hasMessage("a clip of 1 frame of 30×64 pixels cannot be compared with one of "
                            + "2 frames of 30×64 pixels");
        }
    }
}
