package dvdquant.app.inspect;

import dvdquant.core.InputException;
import picocli.CommandLine.ParseResult;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/** What {@code inspect} is asked for, and which flags go with it. */
enum InspectMode {
    CONTENTS("", Set.of("--tensors", "--layers", "--json")),
    AGAINST("--against", Set.of("--layers", "--json", "--threads", "--quiet")),
    ERRORS("--errors",
            Set.of("--layers", "--json", "--weights", "--group", "--rotation", "--rotation-seed", "--threads",
                    "--quiet")),
    ACTIVATIONS("--activations",
            Set.of("--layers", "--prompt", "--prompts", "--steps", "--seed", "--output", "--rotation",
                    "--rotation-seed",
                    "--threads", "--quiet"));

    private static final List<String> FLAGS = List.of("--tensors", "--layers", "--json", "--weights", "--group",
            "--rotation", "--rotation-seed", "--prompt", "--prompts", "--steps", "--seed", "--output", "--threads",
            "--quiet");

    private final String flag;
    private final Set<String> goWithIt;

    InspectMode(String flag, Set<String> goWithIt) {
        this.flag = flag;
        this.goWithIt = goWithIt;
    }

    /** @throws InputException if more than one is asked for */
    static InspectMode of(boolean against, boolean errors, boolean activations) {
        var asked = new ArrayList<InspectMode>();
        if (against) asked.add(AGAINST);
        if (errors) asked.add(ERRORS);
        if (activations) asked.add(ACTIVATIONS);
        if (asked.size() > 1) {
            throw new InputException(asked.get(0).flag + " and " + asked.get(1).flag
                    + " do not go together, expected one of --against, --errors and --activations");
        }
        return asked.isEmpty() ? CONTENTS : asked.getFirst();
    }

    /** @throws InputException if a flag is given that says nothing here */
    void check(ParseResult given) {
        for (String option : FLAGS) {
            if (!given.hasMatchedOption(option) || goWithIt.contains(option)) continue;
            List<String> modes = Arrays.stream(values()).filter(mode -> mode.goWithIt.contains(option))
                    .map(mode -> mode == CONTENTS ? "a plain inspect" : mode.flag).toList();
            throw new InputException(
                    option + (this == CONTENTS ? " goes with " : " does not go with " + flag + ", but with ")
                            + String.join(" or ", modes));
        }
    }
}
