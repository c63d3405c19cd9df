package dvdquant.app.generate;

import dvdquant.core.machine.Machine;
import dvdquant.models.pipeline.MemoryPlan;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

import static java.util.stream.Collectors.joining;

/**
 * The most memory that the process had in each stage: what the system calls anonymous, which is all but the pages of files. Linux does not
 * keep it, so a thread looks every few milliseconds. On other systems there is nothing to tell.
 */
final class StageMemory implements AutoCloseable {
    private static final int MILLIS = 20;

    private final Map<String, Long> peaks = new LinkedHashMap<>();
    private final Thread watcher = Thread.ofPlatform().daemon().name("stage-memory").start(this::watch);
    private String stage;

    /** Ends the stage before, if there is one. */
    synchronized void begin(String name) {
        end();
        stage = name;
    }

    /** What comes until the next stage begins is part of none. */
    synchronized void end() {
        look();
        stage = null;
    }

    private void watch() {
        try {
            while (true) {
                look();
                Thread.sleep(MILLIS);
            }
        } catch (InterruptedException _) {
            // closed
        }
    }

    private synchronized void look() {
        if (stage != null) peaks.merge(stage, Machine.anonymousBytes(), Math::max);
    }

    /** Of a stage, in bytes; 0 where there was none, or the system does not say. */
    synchronized long peakBytes(String name) {
        look();
        return peaks.getOrDefault(name, 0L);
    }

    /** One line, of all stages so far; empty where the system does not say. */
    synchronized Optional<String> text() {
        look();
        if (peaks.values().stream().allMatch(bytes -> bytes == 0)) return Optional.empty();
        return Optional.of("memory at its peak: " + peaks.entrySet().stream()
                .map(peak -> peak.getKey() + " " + MemoryPlan.gib(peak.getValue())).collect(joining(", ")));
    }

    @Override
    public void close() {
        watcher.interrupt();
    }
}
