package dvdquant.evaluate.judge;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;

import java.nio.file.Path;
import java.util.Collections;
import java.util.EnumMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/**
 * What the judge can answer.
 *
 * @param answers to each attribute, in the order of the network's outputs
 */
public record JudgeQuestions(Map<Attribute, List<String>> answers) {
    public JudgeQuestions {
        answers = Collections.unmodifiableMap(new EnumMap<>(answers));
    }

    /**
     * @param file a {@code judge.json}: a list of answers under the key of each attribute
     * @throws InputException if it cannot be read, an attribute or its answers are missing, or there are other keys
     */
    public static JudgeQuestions read(Path file) {
        JsonFile json = JsonFile.read(file);
        var answers = new EnumMap<Attribute, List<String>>(Attribute.class);
        var unknown = new TreeSet<>(json.keys());
        for (Attribute attribute : Attribute.values()) {
            List<String> texts = json.texts(attribute.key());
            if (texts.size() < 2 || new HashSet<>(texts).size() < texts.size()) {
                throw json.unexpected(attribute.key(), "two or more different answers");
            }
            answers.put(attribute, texts);
            unknown.remove(attribute.key());
        }
        if (!unknown.isEmpty()) throw json.unexpected(unknown.first(), "no such key");
        return new JudgeQuestions(answers);
    }
}
