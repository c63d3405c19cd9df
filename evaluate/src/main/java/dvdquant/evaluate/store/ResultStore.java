package dvdquant.evaluate.store;

import dvdquant.core.InputException;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.json.JsonFile;
import dvdquant.evaluate.plan.Fingerprint;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Map;

/**
 * The results in a report's folder, so that a run that was stopped goes on where it was. One program writes to a folder at a time.
 */
public final class ResultStore implements AutoCloseable {
    private static final String FORMAT = "dvdquant results";
    private static final int VERSION = 1;

    private final Path work;
    private final FileChannel channel;

    private ResultStore(Path work, FileChannel channel) {
        this.work = work;
        this.channel = channel;
    }

    /**
     * Takes a folder for a report: one that is not there yet, an empty one, or one that an earlier run took.
     *
     * @throws InputException if it holds something else, cannot be written to, or is in use by another run
     */
    public static ResultStore open(Path report) {
        Path work = report.resolve("work");
        Path mark = work.resolve("store.json");
        requireOurs(report, mark);
        try {
            Files.createDirectories(work);
            FileChannel channel = FileChannel.open(work.resolve("lock"), StandardOpenOption.CREATE,
                    StandardOpenOption.WRITE);
            try {
                if (!isLocked(channel)) {
                    throw new InputException(report + ": another run is writing to it, expected a folder of its own");
                }
                if (!Files.exists(mark)) StoredJson.write(mark, Map.of("format", FORMAT, "version", VERSION));
                return new ResultStore(work, channel);
            } catch (IOException | RuntimeException e) {
                channel.close();
                throw e;
            }
        } catch (IOException e) {
            throw new InputException("cannot write to " + report + ": " + Reasons.of(e), e);
        }
    }

    private static boolean isLocked(FileChannel channel) throws IOException {
        try {
            FileLock lock = channel.tryLock(); // goes with the channel
            return lock != null;
        } catch (OverlappingFileLockException _) {
            return false;
        }
    }

    private static void requireOurs(Path report, Path mark) {
        if (!Files.exists(report)) return;
        if (!Files.isDirectory(report)) throw new InputException(report + ": is a file, expected a folder");
        if (!Files.exists(mark)) {
            requireEmpty(report);
            return;
        }
        JsonFile json = JsonFile.read(mark);
        if (!json.text("format").equals(FORMAT)) throw json.unexpected("format", "\"" + FORMAT + "\"");
        if (json.integer("version") != VERSION) throw json.unexpected("version", String.valueOf(VERSION));
    }

    /** A run that was stopped before it left its mark has left a lock alone. */
    private static void requireEmpty(Path report) {
        Path lock = report.resolve("work").resolve("lock");
        Folders.walk(report).stream().filter(file -> !lock.startsWith(file)).findFirst().ifPresent(file -> {
            throw new InputException(report + ": holds " + report.relativize(file)
                    + ", expected an empty folder or one with an earlier report");
        });
    }

    /** Where the clip with that fingerprint is, or will be. */
    public StoredClip clip(Fingerprint fingerprint) {
        return new StoredClip(work.resolve(fingerprint.key()), fingerprint);
    }

    /** Where the figures of the model with that fingerprint are, or will be. */
    public StoredModel model(Fingerprint fingerprint) {
        return new StoredModel(work.resolve("model-" + fingerprint.key() + ".json"), fingerprint);
    }

    @Override
    public void close() {
        try {
            channel.close();
        } catch (IOException e) {
            throw new InputException("cannot close " + work + ": " + Reasons.of(e), e);
        }
    }
}
