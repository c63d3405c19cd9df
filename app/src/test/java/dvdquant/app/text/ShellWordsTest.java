package dvdquant.app.text;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class ShellWordsTest {
    @Test
    void plainWordsStayAsTheyAre() {
        assertThat(ShellWords.of(List.of("generate", "demo/tiny-wan", "--size=128x128", "-o", "a+b.mp4")))
                .isEqualTo("generate demo/tiny-wan --size=128x128 -o a+b.mp4");
    }

    @Test
    void aShellReadsTheWordsBack() throws IOException {
        List<String> words = List.of("-p", "say \"hi\" to $HOME, `it's` a \\ 'cat' *", "", "größer", "two\nlines");
        var command = new ArrayList<>(List.of("sh", "-c", "printf '%s\\0' " + ShellWords.of(words)));
        Process shell = new ProcessBuilder(command).redirectErrorStream(true).start();
        String read = new String(shell.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(read.split("\0", -1)).startsWith(words.toArray(String[]::new));
    }
}
