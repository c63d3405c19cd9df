package dvdquant.app.text;

import java.util.List;

import static java.util.stream.Collectors.joining;

/** A command line as it can be given to a shell once more. */
public final class ShellWords {
    private ShellWords() {}

    /** Each word as it is where a shell reads it as it is, else in single quotes. */
    public static String of(List<String> words) {
        return words.stream().map(ShellWords::of).collect(joining(" "));
    }

    public static String of(String word) {
        return word.matches("[\\w./,:=+-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
    }
}
