package dvdquant.core.io;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a {@link StagedPath} has under its hidden name, {@code .NAME.partial-HOST.WORLD-PROCESS-NUMBER}: of a run that is at work, or that
 * was killed.
 *
 * @param host the run's, and after a dot the world that its process has its number in
 * @param process its number there
 * @param written when it was last written to
 */
public record Leftover(Path path, String host, long process, Instant written) {
    private static final String MARK = ".partial-";
    private static final Pattern HIDDEN = Pattern.compile("\\..+" + Pattern.quote(MARK) + "(.+)-(\\d{1,10})-\\d+");
    /**
     * A process is known by its number in its own world alone: hosts share folders, containers can have their host's name, and machines
     * that were copied have one name.
     */
    private static final String HOST = host(Path.of("/proc"), Path.of("/etc/machine-id"));
    /** What the clocks of processes and of files may differ by. */
    private static final Duration CLOCKS_APART = Duration.ofMinutes(1);
    /** Of processes that no namespace of their own numbers, on every machine. */
    private static final String INITIAL_NAMESPACE = "pid:[4026531836]";

    /** Of a target of this name, whatever process stages it. */
    static String prefix(String name) {
        return "." + name + MARK;
    }

    /** The hidden name of this process for it. */
    static String hidden(String name, long number) {
        return prefix(name) + HOST + "-" + ProcessHandle.current().pid() + "-" + number;
    }

    /**
     * What runs may have left in a folder: it has not been written to for so long, and no process of this machine is at it. Of another host's,
     * or another container's, nobody here can tell.
     */
    public static List<Leftover> olderThan(Path folder, Duration age) {
        Instant limit = Instant.now().minus(age);
        return in(folder).stream().filter(entry -> entry.written.isBefore(limit) && !entry.isAtWorkHere()).toList();
    }

    /** Empty where the folder cannot be read: tidying up is no reason to fail. */
    static List<Leftover> in(Path folder) {
        var found = new ArrayList<Leftover>();
        try (var entries = Files.newDirectoryStream(folder, ".*" + MARK + "*")) {
            for (Path entry : entries) {
                Matcher name = HIDDEN.matcher(entry.getFileName().toString());
                if (!name.matches()) continue;
                found.add(new Leftover(entry, name.group(1), Long.parseLong(name.group(2)),
                        Files.getLastModifiedTime(entry, LinkOption.NOFOLLOW_LINKS).toInstant()));
            }
        } catch (IOException | DirectoryIteratorException _) {
            return found;
        }
        return found;
    }

    boolean isNamed(String prefix) {
        return path.getFileName().toString().startsWith(prefix);
    }

    /** Whether the process was of this machine, or this container, and is no more. */
    boolean isOfTheDead() {
        return host.equals(HOST) && !isAtWorkHere();
    }

    /** Whether another process of this machine, or this container, is at work on it. */
    boolean isAnothersHere() {
        return process != ProcessHandle.current().pid() && isAtWorkHere();
    }

    private boolean isAtWorkHere() {
        return host.equals(HOST) && ProcessHandle.of(process).filter(this::canHaveWritten).isPresent();
    }

    /** Numbers are given again: a process that began after the last write is another one. */
    private boolean canHaveWritten(ProcessHandle of) {
        return of.info().startInstant().map(start -> start.isBefore(written.plus(CLOCKS_APART))).orElse(true);
    }

    /**
     * The host's name and a short sum of what its processes are numbered in: the machine, or a container of it until the machine is started
     * again.
     */
    static String host(Path proc, Path machineId) {
        String name = text(proc.resolve("sys/kernel/hostname"), "localhost");
        String namespace = namespace(proc.resolve("self/ns/pid"));
        String boot = text(proc.resolve("sys/kernel/random/boot_id"), "");
        String world = namespace.equals(INITIAL_NAMESPACE) ? text(machineId, boot) : boot + namespace;
        return name + "." + UUID.nameUUIDFromBytes(world.getBytes(StandardCharsets.UTF_8)).toString().substring(0, 8);
    }

    private static String namespace(Path link) {
        try {
            return Files.readSymbolicLink(link).toString();
        } catch (IOException | UnsupportedOperationException _) {
            return "";
        }
    }

    private static String text(Path file, String fallback) {
        try {
            String text = Files.readString(file).strip();
            return text.isEmpty() ? fallback : text;
        } catch (IOException _) {
            return fallback;
        }
    }
}
