package dvdquant.core.json;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class JsonFileTest {
    @TempDir
    Path folder;

    private JsonFile read(String json) throws IOException {
        return JsonFile.read(Files.writeString(folder.resolve("config.json"), json));
    }

    @Test
    void answersByKeyAndType() throws IOException {
        JsonFile file = read(
                """
                {"n": 3, "long": -4294967297, "x": 1e-6, "name": "wan", "flag": true, "none": null, "list": [1, 2], "deep": {"m": 4}}""");
        assertThat(file.integer("n")).isEqualTo(3);
        assertThat(file.longInteger("n")).isEqualTo(3);
        assertThat(file.longInteger("long")).isEqualTo(-4294967297L);
        assertThat(file.number("x")).isEqualTo(1e-6);
        assertThat(file.number("n")).isEqualTo(3);
        assertThat(file.text("name")).isEqualTo("wan");
        assertThat(file.flag("flag", false)).isTrue();
        assertThat(file.flag("none", true)).isTrue();
        assertThat(file.has("none")).isFalse();
        assertThat(file.integers("list")).containsExactly(1, 2);
        assertThat(file.object("deep").integer("m")).isEqualTo(4);
        assertThat(file.integer("absent", 7)).isEqualTo(7);
    }

    @Test
    void namesFileKeyFoundAndExpected() throws IOException {
        JsonFile file = read("{\"n\": 1.5, \"large\": 9223372036854775808, \"list\": [1, \"a\"]}");
        Path path = folder.resolve("config.json");
        assertThatThrownBy(() -> file.integer("n")).isInstanceOf(InputException.class)
                .hasMessage(path + ": \"n\" is 1.5, expected a whole number");
        assertThatThrownBy(() -> file.longInteger("n")).hasMessage(path + ": \"n\" is 1.5, expected a whole number");
        assertThatThrownBy(() -> file.longInteger("large")).hasMessageContaining("expected a whole number");
        assertThatThrownBy(() -> file.text("name")).hasMessage(path + ": \"name\" is missing, expected a text");
        assertThatThrownBy(() -> file.integers("list")).hasMessageContaining("expected a list of whole numbers");
        assertThatThrownBy(() -> file.size("n")).hasMessageContaining("expected a whole number from 1");
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "[]", "3", "{", "{\"a\": 1, \"a\": 2}", "{} {}", "{\"a\": NaN}", "\u0000"})
    void refusesWhatIsNoObject(String json) {
        assertThatThrownBy(() -> read(json)).isInstanceOf(InputException.class).message().hasLineCount(1)
                .contains("config.json");
    }

    @Test
    void refusesDeepNesting() {
        assertThatThrownBy(() -> read("{\"a\":".repeat(100_000))).isInstanceOf(InputException.class);
    }
}
