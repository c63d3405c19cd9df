package dvdquant.models.testing;

import dvdquant.core.format.Shape;
import dvdquant.core.image.RgbImage;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import javax.imageio.ImageIO;

import java.awt.image.BufferedImage;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;

/**
 * The reference outputs of a demo model, made with diffusers in float32 (seed 42, 12 steps): golden_wan.safetensors by golden_wan.py (guidance
 * 5), golden_hunyuan.safetensors by golden_hunyuan.py (guidance 6).
 */
public final class Golden implements AutoCloseable {
    private static final Path ROOT = Path.of(System.getProperty("project.root", ".."));
    public static final Path MODEL = ROOT.resolve("demo/tiny-wan");

    public static final Path HUNYUAN_VIDEO = ROOT.resolve("demo/tiny-hunyuan");

    public static final Path RESOURCES = ROOT.resolve("models/src/test/resources");

    private final SafetensorsFile file;

    /** Wan's. */
    public Golden() {
        this("golden_wan");
    }

    private Golden(String name) {
        this.file = SafetensorsFile.open(RESOURCES.resolve("golden/" + name + ".safetensors"));
    }

    public static Golden ofHunyuanVideo() {
        return new Golden("golden_hunyuan");
    }

    /** Of a {@link RuledModel}, such as {@code wan21-i2v}, or {@code wan22-ti2v-5b-image} of another's with an image: 6 steps, guidance 4. */
    public static Golden ofWan(String name) {
        return new Golden("wan-more/" + name);
    }

    /**
     * A picture that a model of {@link #ofWan} was given.
     *
     * @param name such as {@code wan21-i2v.first}
     */
    public static RgbImage picture(String name) {
        try {
            BufferedImage image = ImageIO.read(RESOURCES.resolve("golden/wan-more/" + name + ".png").toFile());
            return RgbImage.ofArgb(image.getWidth(), image.getHeight(),
                    image.getRGB(0, 0, image.getWidth(), image.getHeight(), null, 0, image.getWidth()));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** A copy of the values, as floats. */
    public float[] floats(String name) {
        try (var _ = TensorScope.open()) {
            return tensor(name).toFloats();
        }
    }

    public byte[] bytes(String name) {
        return file.tensor(name).data().toArray(ValueLayout.JAVA_BYTE);
    }

    public long[] longs(String name) {
        return file.tensor(name).data().toArray(ValueLayout.JAVA_LONG_UNALIGNED);
    }

    public Shape shape(String name) {
        return file.tensor(name).shape();
    }

    /** A tensor over the file, valid while this is open. */
    public Tensor tensor(String name) {
        var stored = file.tensor(name);
        return Tensor.over(stored.data(), stored.type(), stored.shape());
    }

    /** A {@link #tensor} that not every model has. */
    public Optional<Tensor> find(String name) {
        return file.tensors().containsKey(name) ? Optional.of(tensor(name)) : Optional.empty();
    }

    /** ‖a − b‖₂ / ‖b‖₂ against the golden values. */
    public double error(Tensor actual, String name) {
        return RelativeError.of(actual.toFloats(), floats(name));
    }

    @Override
    public void close() {
        file.close();
    }
}
