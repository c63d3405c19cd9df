package dvdquant.app;

import dvdquant.core.InputException;
import dvdquant.cuda.CudaDevice;
import dvdquant.evaluate.Evaluation;
import dvdquant.models.Pipelines;
import dvdquant.tensor.Tensor;
import dvdquant.video.VideoWriter;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Each jar has the license, and says what it brings along. */
class LicensesTest {
    @ParameterizedTest
    @ValueSource(classes = {InputException.class, Tensor.class, CudaDevice.class, Pipelines.class, VideoWriter.class,
            Evaluation.class, Main.class})
    void areWithTheClassesOfEachModule(Class<?> of) throws IOException {
        String file = of.getName().replace('.', '/') + ".class";
        String place = of.getClassLoader().getResource(file).toString();
        for (String name : new String[]{"LICENSE", "THIRD_PARTY.md"}) {
            URL url = URI.create(place.substring(0, place.length() - file.length()) + "META-INF/" + name).toURL();
            try (InputStream stored = url.openStream()) {
                assertThat(stored.readAllBytes()).as(url.toString())
                        .isEqualTo(Files.readAllBytes(Path.of(System.getProperty("project.root"), name)));
            }
        }
    }
}
