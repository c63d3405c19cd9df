package dvdquant.app.example;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

class ExampleTest {
    private static final Path ROOT = Path.of(System.getProperty("project.root"));

    @Test
    void generatesAClip(@TempDir Path folder) {
        Path clip = folder.resolve("star.mp4");
        Example.generate(ROOT.resolve("demo/tiny-wan"), clip.toString());
        assertThat(clip).isNotEmptyFile();
    }

    @Test
    void standsInTheReadmeAsItIsCompiled() throws IOException {
        String source = Files.readString(ROOT.resolve("app/src/test/java/dvdquant/app/example/Example.java"));
        String marked = source.substring(source.indexOf("// [readme\n") + "// [readme\n".length(),
                source.indexOf("// readme]"));
        assertThat(Files.readString(ROOT.resolve("README.md"))).contains(marked.strip());
    }
}
