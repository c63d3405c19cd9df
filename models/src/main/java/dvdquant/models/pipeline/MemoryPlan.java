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
    /**
     * What is there at a time.
     *
     * @param name as {@code sample}
     * @param needs what the phase holds at its peak
     */
    public record Phase(String name, List<Need> needs) {
        /**
         * All that it needs.
         *
         * @return bytes, at its peak
         */
        public long bytes() {
            return needs.stream().mapToLong(Need::bytes).sum();
        }

        /**
         * Without the pages of files.
         *
         * @return bytes, at its peak
         */
        public long anonymousBytes() {
            return needs.stream().filter(need -> !need.ofFile).mapToLong(Need::bytes).sum();
        }
    }

    /**
     * What one thing needs.
     *
     * @param name of it, for people
     * @param bytes at most
     * @param hint what would make it smaller, as a part of a sentence
     * @param by what a user can do for it, if anything
     * @param ofFile whether it is pages of a file, which the system calls anonymous in no process, and takes back where it must
     */
    public record Need(String name, long bytes, String hint, Optional<Hint> by, boolean ofFile) {
        /**
         * Of memory that belongs to no file, where nothing can be done but what the hint says.
         *
         * @param name of it, for people
         * @param bytes at most
         * @param hint what would make it smaller, as a part of a sentence
         */
        public Need(String name, long bytes, String hint) {
            this(name, bytes, hint, Optional.empty(), false);
        }

        /**
         * Of memory that belongs to no file.
         *
         * @param name of it, for people
         * @param bytes at most
         * @param hint what would make it smaller, as a part of a sentence
         * @param by what a user can do for it
         */
        public Need(String name, long bytes, String hint, Hint by) {
            this(name, bytes, hint, Optional.of(by), false);
        }

        @Override
        public String toString() {
            return name + " " + gib(bytes) + (ofFile ? " of its file" : "");
        }
    }

    /**
     * The phase that decides whether all fit.
     *
     * @return the one with the most bytes
     */
    public Phase largest() {
        return phases.stream().max(Comparator.comparingLong(Phase::bytes)).orElseThrow();
    }

    /**
     * Whether every phase fits into what is available.
     *
     * @return whether {@link #requireFits} passes
     */
    public boolean fits() {
        return largest().bytes() <= availableBytes;
    }

    /**
     * Whether a phase does, by its name.
     *
     * @param phase its name; one that the plan does not have fits
     * @return whether it fits into what is available
     */
    public boolean fits(String phase) {
        return phases.stream().filter(p -> p.name().equals(phase)).allMatch(p -> p.bytes() <= availableBytes);
    }

    /**
     * A phase by its name.
     *
     * @param name as {@code decode}
     * @return the phase
     * @throws IllegalArgumentException if there is none of this name
     */
    public Phase phase(String name) {
        return phases.stream().filter(p -> p.name().equals(name)).findFirst()
                .orElseThrow(() -> new IllegalArgumentException("no phase '" + name + "'"));
    }

    /**
     * Refuses a plan that does not fit.
     *
     * @throws InputException if the largest phase does not fit; names what it needs, and what would help
     */
    public void requireFits() {
        if (!fits()) throw refusal(largest());
    }

    /**
     * What is said of a phase that does not fit.
     *
     * @param phase of this plan
     * @return to be thrown; names what the phase needs, and what would help
     */
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

    /**
     * One line a phase.
     *
     * @return for people; the last says what is available
     */
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

    /**
     * A number of bytes for people.
     *
     * @param bytes 0 or more
     * @return as {@code 1.25 GiB}
     */
    public static String gib(long bytes) {
        return String.format(Locale.ROOT, "%.2f GiB", bytes / (double) (1L << 30));
    }
}
