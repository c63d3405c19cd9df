package dvdquant.app.text;

import dvdquant.app.text.TextTable.Column;
import org.junit.jupiter.api.Test;

import java.io.PrintWriter;
import java.io.StringWriter;

import static org.assertj.core.api.Assertions.assertThat;

class TextTableTest {
    @Test
    void columnsAreAsWideAsTheyMustBe() {
        var table = new TextTable(Column.left("layer"), Column.right("weights", "%,d"), Column.right("bits", "%.2f"),
                Column.left("kind"));
        table.row("blocks.0.attn1.to_q", 2_359_296L, 4.5, "a");
        table.row("proj", "-");
        var out = new StringWriter();
        table.print(new PrintWriter(out, true));
        assertThat(out).hasToString("""
                layer                  weights  bits  kind
                blocks.0.attn1.to_q  2,359,296  4.50  a
                proj                         -
                """);
    }
}
