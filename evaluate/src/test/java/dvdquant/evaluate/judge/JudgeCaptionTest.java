package dvdquant.evaluate.judge;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.io.IOException;
import java.nio.file.Files;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.entry;
import static org.assertj.core.api.Assertions.within;

class JudgeCaptionTest {
    private static final JudgeQuestions QUESTIONS = JudgeQuestions.read(JudgeTest.FOLDER.resolve("judge.json"));

    private static JudgeCaption parse(String caption) {
        return JudgeCaption.parse(caption, QUESTIONS);
    }

    @Test
    void takesACaptionApart() {
        assertThat(parse("a small orange star spins in place on a checkered gray background").answers())
                .containsExactly(
                        entry(Attribute.SIZE, "small"), entry(Attribute.COLOR, "orange"),
                        entry(Attribute.SHAPE, "star"),
                        entry(Attribute.MOTION, "spins in place"), entry(Attribute.PATTERN, "checkered"),
                        entry(Attribute.BACKGROUND, "gray"));
    }

    @Test
    void readsTheCaptionsThatComeWithTheJudge() throws IOException {
        List<String> captions = Files.readAllLines(JudgeTest.FOLDER.resolve("captions.txt"));
        assertThat(captions).hasSize(96).doesNotHaveDuplicates();
        for (String caption : captions) {
            Map<Attribute, String> a = parse(caption).answers();
            assertThat("a %s %s %s %s on a %s %s background".formatted(a.values().toArray())).isEqualTo(caption);
        }
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '`', textBlock = """
            a cat                                                      | it is not of the form "a SIZE COLOR SHAPE MOTION on a
            a large red circle on a plain navy background              | it is not of the form
            A large red circle grows on a plain navy background        | it is not of the form
            a small red star grows and a large red ring grows on a plain teal background | tells of two objects, expected one
            a tiny red circle grows on a plain navy background         | has the size "tiny", expected one of small, large
            a large black circle grows on a plain navy background      | has the color "black", expected one of red, green,
            a large red hexagon grows on a plain navy background       | has the shape "hexagon", expected one of circle,
            a large red circle moves off on a plain navy background    | has the motion "moves off", expected one of moves left,
            a large red circle grows on a dotted navy background       | has the pattern "dotted", expected one of plain,
            a large red circle grows on a plain red background         | has the background "red", expected one of black,
            """)
    void saysWhatItCannotRead(String caption, String reason) {
        assertThatThrownBy(() -> parse(caption)).isInstanceOf(InputException.class)
                .hasMessageStartingWith("the judge cannot read \"" + caption + "\": it ").hasMessageContaining(reason);
    }

    /** A clip in which the judge sees what the caption says but for these. */
    private static JudgedClip clip(Map<Attribute, String> wrong) {
        JudgeCaption caption = parse("a large red circle grows on a plain navy background");
        var answers = new EnumMap<>(caption.answers());
        answers.putAll(wrong);
        return new JudgedClip(caption, new Judgement(new EnumMap<>(Attribute.class), answers, new float[0]));
    }

    @Test
    void accuracyCountsByAttributeAndByClip() {
        JudgeAccuracy accuracy = JudgeAccuracy.of(List.of(clip(Map.of()),
                clip(Map.of(Attribute.SHAPE, "star")),
                clip(Map.of(Attribute.SHAPE, "ring", Attribute.MOTION, "shrinks")), clip(Map.of())));
        assertThat(accuracy.allRight().hits()).isEqualTo(2);
        assertThat(accuracy.allRight().trials()).isEqualTo(4);
        assertThat(accuracy.byAttribute().get(Attribute.SHAPE).value()).isEqualTo(0.5);
        assertThat(accuracy.byAttribute().get(Attribute.MOTION).value()).isEqualTo(0.75);
        assertThat(accuracy.byAttribute().get(Attribute.SIZE).value()).isEqualTo(1);
        assertThat(accuracy.attributes().mean()).isEqualTo(21 / 24.0, within(1e-12));
    }
}
