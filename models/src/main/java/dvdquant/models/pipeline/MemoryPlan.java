package dvdquant.models.pipeline;

import dvdquant.core.Hint;
import dvdquant.core.InputException;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * What a generation needs of memory in each of its phases, of which only one runs at a time, beside what the machine has to
 * spare.
 *
 * @param phases in the order they run
 * @param availableBytes of the machine
 */
public record MemoryPlan(List<Phase> phases, long availableBytes) {
    /** @param needs what the phase holds at its peak */
    public record Phase(String name, List<Need> needs) {
        public long bytes() {
            return needs.stream().mapToLong(Need::bytes).sum();
        }

        /** Without the pages of files. */
        public long anonymousBytes() {
            return needs.stream().filter(need -> !need.ofFile).mapToLong(Need::bytes).sum();
        }
    }

    /**
     * @param hint what would make it smaller, as a part of a sentence
     * @param by what a user can do for it, if anything
     * @param ofFile whether it is pages of a file, which the system calls anonymous in no process, and takes back where it must
     */
    public record Need(String name, long bytes, String hint, Optional<Hint> by, boolean ofFile) {
        public Need(String name, long bytes, String hint) {
            this(name, bytes, hint, Optional.empty(), false);
        }

        public Need(String name, long bytes, String hint, Hint by) {
            this(name, bytes, hint, Optional.of(by), false);
        }

        @Override
        public String toString() {
            return name + " " + gib(bytes) + (ofFile ? " of its file" : "");
        }
    }

    public Phase largest() {
        return phases.stream().max(Comparator.comparingLong(Phase::bytes)).orElseThrow();
    }

    public boolean fits() {
        return largest().bytes() <= availableBytes;
    }

    /** Whether a phase does, by its name. */
    public boolean fits(String phase) {
        return phases.stream().filter(p -> p.name().equals(phase)).allMatch(p -> p.bytes() <= availableBytes);
    }

    /** @throws IllegalArgumentException if there is none of this name */
    public Phase phase(String name) {
        return phases.stream().filter(p -> p.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no phase '" + name + "'"));
    }

    /** @throws InputException if the largest phase does not fit; names what it needs, and what would help */
    public void requireFits() {
        if (!fits()) throw refusal(largest());
    }

    /** What is said of a phase that does not fit. */
    public InputException refusal(Phase phase) {
        Need heaviest = phase.needs().stream().max(Comparator.comparingLong(Need::bytes)).orElseThrow();
        String needed = gib(phase.bytes());
        String available = gib(availableBytes);
        String message = "not enough memory: " + phase.name() + " needs " + needed + " ("
                + describe(phase) + "), and " + (available.equals(needed) ? "a little less is" : available + " are")
                + " available; " + heaviest.hint();
        return heaviest.by().map(by -> new InputException(message, by))
                .orElseGet(() -> new InputException(message));
    }

    /** One line a phase. */
    public List<String> lines() {
        var lines = new ArrayList<String>();
        for (Phase phase : phases) {
            lines.add(String.format(Locale.ROOT, "%-9s %9s  (%s)", phase.name(), gib(phase.bytes()), describe(phase)));
        }
        lines.add(String.format(Locale.ROOT, "%-9s %9s", "available", gib(availableBytes)));
        return lines;
    }

    private static String describe(Phase phase) {
        return String.join(", ", phase.needs().stream().map(Need::toString).toList());
    }

    public static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
    }
}
