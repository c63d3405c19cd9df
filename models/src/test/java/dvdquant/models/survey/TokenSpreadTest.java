package dvdquant.models.survey;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;

class TokenSpreadTest {
    private static void forward(TokenSpread spread, float... tokens) {
        for (int i = 0; i < tokens.length; i++) {
            spread.add(new float[]{9, tokens[i] / 2, -tokens[i]}, 1, 2);
        }
        spread.endForward();
    }

    @Test
    void eachForwardHasAMedianOfItsOwn() {
        var spread = new TokenSpread();
        forward(spread, 1, 8, 2);
        forward(spread, 10, 10, 30, 5, 10);
        spread.endStep(0); // 4 and 3
        spread.endStep(1); // not seen: a step that was skipped
        forward(spread, 1, 1);
        spread.endStep(2);
        forward(spread, 2, 2, 10);
        spread.endStep(0); // of the next prompt
        assertThat(spread.result()).containsExactly(5, 0, 1);
    }

    @Test
    void tokensThatAreMostlyZeroAreNotDividedBy() {
        var spread = new TokenSpread();
        forward(spread, 0, 0, 3);
        spread.endStep(0);
        assertThat(spread.result()).containsExactly(1);
    }
}
