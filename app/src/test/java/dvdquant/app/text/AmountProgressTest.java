package dvdquant.app.text;

import dvdquant.app.text.AmountProgress.Unit;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.assertj.core.api.Assertions.assertThat;

class AmountProgressTest {
    @Test
    void shortWorkSaysNothingAndLinesArePrintedUnlessTheyAreKeptBack() {
        var err = new StringWriter();
        try (var status = new StatusLine(new PrintWriter(err, true), false)) {
            new AmountProgress("write", Unit.BYTES, status).show(1_000_000, 2_000_000);
            status.say("done");
            status.warn("hot");
        }
        try (var quiet = new StatusLine(new PrintWriter(err, true), true)) {
            quiet.say("kept back");
            quiet.step("%d of %d", 1, 2);
            quiet.announce("in any case");
        }
        assertThat(err).hasToString("""
                done
                warning: hot
                in any case
                """);
    }
}
