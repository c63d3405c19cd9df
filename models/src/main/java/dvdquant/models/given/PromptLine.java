package dvdquant.models.given;

import dvdquant.core.InputException;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A line of a file of prompts.
 *
 * @param image the file named by {@code image=}
 * @param last the file named by {@code last=}
 * @param text what follows
 */
record PromptLine(Optional<Path> image, Optional<Path> last, String text) {
    private static final Pattern KEY = Pattern.compile("(?<key>[\\p{Alpha}_-]+)=(?=\\S)");
    private static final Pattern VALUE = Pattern.compile("\"(?<quoted>[^\"]+)\"(?=\\s|$)|(?<plain>[^\\s\"]\\S*)");

    private enum Key {
        IMAGE,
        LAST
    }

    /**
     * @param where the line is, for errors
     * @param line without white space around it
     * @throws InputException if it begins with a key that is none, a path that is none, or holds nothing else
     */
    static PromptLine parse(String where, String line) {
        var files = new EnumMap<Key, Path>(Key.class);
        String rest = line;
        for (Matcher key = KEY.matcher(rest); key.lookingAt(); key = KEY.matcher(rest)) {
            Key named = key(where, key.group("key"));
            Matcher value = VALUE.matcher(rest).region(key.end(), rest.length());
            if (!value.lookingAt()) {
                throw new InputException(where + ": " + key.group() + " is followed by '" + rest.substring(key.end())
                        + "', expected a file, between quotes \"…\" if its name has spaces");
            }
            if (files.put(named, path(where, value)) != null) {
                throw new InputException(where + ": holds " + key.group() + " twice, expected it once");
            }
            rest = rest.substring(value.end()).stripLeading();
        }
        if (rest.isEmpty()) throw new InputException(where + ": there is no prompt after the files, expected one");
        return of(files, rest);
    }

    private static PromptLine of(Map<Key, Path> files, String text) {
        return new PromptLine(Optional.ofNullable(files.get(Key.IMAGE)), Optional.ofNullable(files.get(Key.LAST)),
                text);
    }

    private static Key key(String where, String name) {
        for (Key key : Key.values()) {
            if (key.name().toLowerCase(Locale.ROOT).equals(name)) return key;
        }
        throw new InputException(where + ": begins with '" + name
                + "=', expected image=FILE, last=FILE or a prompt (in which a space can stand before the '=')");
    }

    private static Path path(String where, Matcher value) {
        String text = value.group("quoted") == null ? value.group("plain") : value.group("quoted");
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new InputException(where + ": '" + text + "' is not a path: " + e.getReason(), e);
        }
    }
}
