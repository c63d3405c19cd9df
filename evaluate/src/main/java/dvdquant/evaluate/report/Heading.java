package dvdquant.evaluate.report;

import java.util.List;

/**
 * What stands above a report, and how it was made.
 *
 * @param summary one sentence that says what was found
 * @param facts few and short, shown at once: model, steps, guidance, seeds, dtype, device, date
 * @param commands the command lines as given
 * @param manifest everything else that one needs to run it again, folded away
 */
public record Heading(String title, String summary, List<Fact> facts, List<String> commands, List<Fact> manifest) {
    public Heading {
        facts = List.copyOf(facts);
        commands = List.copyOf(commands);
        manifest = List.copyOf(manifest);
    }
}
