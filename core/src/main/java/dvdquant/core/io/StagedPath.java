package dvdquant.core.io;

import dvdquant.core.InputException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.LockSupport;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * A file or folder that appears at its place only when it is complete: it is written beside it, under a hidden name, and renamed
 * by {@link #commit()}. Without a commit {@link #close()} removes what was written, and so does the end of the JVM (Ctrl-C). What a
 * process leaves that was killed is removed when the same target is staged again.
 *
 * <p>Of a symbolic link the target is written. A device or pipe ({@code /dev/stdout}) is written to as it is.
 */
public final class StagedPath implements AutoCloseable {
    private static final Set<StagedPath> OPEN = ConcurrentHashMap.newKeySet();
    private static final AtomicLong NUMBER = new AtomicLong();
    /** A process is known by its number on its host alone, and two hosts, or containers, can share a folder. */
    private static final String HOST = host();
    /** Of deleting, 10 ms apart: other threads go on while the JVM ends, and may add a file to a folder just then. */
    private static final int ATTEMPTS_AT_END = 100;
    /** Of a file's name in its hidden one. */
    private static final int LONGEST_BYTES = 120;

    static {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> OPEN.forEach(StagedPath::deleteAtEnd), "staged-paths"));
    }

    /** As it was given. */
    private final Path named;
    private final Path target;
    private final Path path;
    /** Parent folders that were not there before, the innermost first. */
    private final List<Path> madeFolders;

    private StagedPath(Path named, Path target, Path path, List<Path> madeFolders) {
        this.named = named;
        this.target = target;
        this.path = path;
        this.madeFolders = madeFolders;
        if (!path.equals(target)) OPEN.add(this);
    }

    /**
     * Stages {@code target}, whose parent folders are created. A file at {@code target} is replaced on commit.
     *
     * @throws InputException if nothing can be written there: its folder cannot be made or written to, its name is too long, it is a
     *         folder or a mount point
     */
    public static StagedPath beside(Path target) {
        if (isDevice(target)) return new StagedPath(target, target, target, List.of());
        Path real = real(target);
        if (Files.isDirectory(real)) throw failure(target, "it is a folder");
        if (MountPoints.contains(real)) throw failure(target, "it is a mount point, which cannot be replaced");
        StagedPath staged = stage(target, real);
        try {
            Files.delete(Files.createFile(staged.path));
            return staged;
        } catch (IOException e) {
            staged.close();
            throw failure(target, e);
        }
    }

    /**
     * Stages a folder, made here under its hidden name.
     *
     * @throws InputException if {@code target} exists and is not an empty folder, or cannot be written to
     */
    public static StagedPath folderBeside(Path target) {
        Path real = real(target);
        if (Files.exists(real) && !isEmptyFolder(real)) {
            throw failure(target, "it exists and is not an empty folder");
        }
        if (MountPoints.contains(real)) throw failure(target, "it is a mount point, which cannot be replaced");
        return folderFor(target);
    }

    /**
     * Stages a folder as {@link #folderBeside} does, for one that may be there already: then what was written is for the caller to
     * move into it, in place of {@link #commit()}.
     *
     * @throws InputException if nothing can be written there
     */
    public static StagedPath folderFor(Path target) {
        StagedPath staged = stage(target, real(target));
        try {
            Files.createDirectory(staged.path);
            return staged;
        } catch (IOException e) {
            staged.close();
            throw failure(target, e);
        }
    }

    /**
     * Checks that a file can be written, now; leaves nothing.
     *
     * @throws InputException as {@link #beside}
     */
    public static void check(Path target) {
        beside(target).close();
    }

    /**
     * Writes a whole file in place of what is at {@code target}.
     *
     * @throws InputException if it cannot be written
     */
    public static void write(Path target, byte[] bytes) {
        try (var staged = beside(target)) {
            Files.write(staged.path, bytes);
            staged.commit();
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    /** As {@link #write(Path, byte[])}, in UTF-8. */
    public static void write(Path target, String text) {
        write(target, text.getBytes(StandardCharsets.UTF_8));
    }

    private static Path real(Path target) {
        try {
            return Places.real(target);
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    private static InputException failure(Path target, IOException e) {
        return new InputException("cannot write " + target + ": " + Reasons.of(e), e);
    }

    private static InputException failure(Path target, String why) {
        return new InputException("cannot write " + target + ": " + why);
    }

    /** Neither a file nor a folder, as {@code /dev/null}: a file in its place would be a harm. */
    private static boolean isDevice(Path target) {
        return Files.exists(target) && !Files.isRegularFile(target) && !Files.isDirectory(target);
    }

    private static StagedPath stage(Path target, Path real) {
        Path parent = real.getParent();
        if (parent == null) throw failure(target, "it is the root folder");
        List<Path> missing = Stream.iterate(parent, folder -> folder != null && !Files.exists(folder), Path::getParent)
                .toList();
        try {
            Files.createDirectories(parent);
        } catch (IOException e) {
            throw new InputException("cannot make the folder " + parent + ": " + Reasons.of(e), e);
        }
        if (!Files.isWritable(parent)) throw new InputException("cannot write to the folder " + parent);
        String prefix = "." + shortened(real.getFileName().toString()) + ".partial-";
        deleteLeftovers(parent, prefix);
        String hidden = prefix + HOST + "-" + ProcessHandle.current().pid() + "-" + NUMBER.incrementAndGet();
        var staged = new StagedPath(target, real, parent.resolve(hidden), missing);
        try {
            Files.readAttributes(real, BasicFileAttributes.class); // tells of a name that is too long
        } catch (NoSuchFileException _) {
            // so it can be made
        } catch (IOException e) {
            staged.close();
            throw failure(target, e);
        }
        return staged;
    }

    /** The hidden name is longer than the file's, which may be as long as names can be. */
    private static String shortened(String name) {
        if (name.getBytes(StandardCharsets.UTF_8).length <= LONGEST_BYTES) return name;
        byte[] bytes = name.getBytes(StandardCharsets.UTF_8);
        return "long-name-" + UUID.nameUUIDFromBytes(bytes);
    }

    private static String host() {
        try {
            return Files.readString(Path.of("/proc/sys/kernel/hostname")).strip();
        } catch (IOException _) {
            return "localhost";
        }
    }

    /** Of processes of this host that are no more. */
    private static void deleteLeftovers(Path parent, String prefix) {
        Pattern name = Pattern.compile(Pattern.quote(prefix + HOST) + "-(\\d{1,10})-\\d+");
        try (var entries = Files.newDirectoryStream(parent)) {
            for (Path entry : entries) {
                Matcher matcher = name.matcher(entry.getFileName().toString());
                if (!matcher.matches()) continue;
                if (ProcessHandle.of(Long.parseLong(matcher.group(1))).isEmpty()) deleteQuietly(entry);
            }
        } catch (IOException | DirectoryIteratorException _) {
            // Tidying up is no reason to fail.
        }
    }

    private static boolean isEmptyFolder(Path path) {
        return Files.isDirectory(path) && Folders.list(path).isEmpty();
    }

    /** Where to write meanwhile. */
    public Path path() {
        return path;
    }

    /**
     * Moves what was written to its place.
     *
     * @throws InputException if it cannot be moved
     */
    public void commit() {
        if (path.equals(target)) return; // a device
        try {
            Files.move(path, target, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
        } catch (IOException e) {
            throw failure(named, e);
        }
        OPEN.remove(this);
    }

    /** Removes what was written, and the folders made for it, unless it was committed. */
    @Override
    public void close() {
        if (!OPEN.remove(this)) return;
        deleteQuietly(path);
        deleteMadeFolders();
    }

    private void deleteAtEnd() {
        for (int i = 0; i < ATTEMPTS_AT_END; i++) {
            deleteQuietly(path);
            if (Files.notExists(path)) break;
            LockSupport.parkNanos(10_000_000);
        }
        deleteMadeFolders();
    }

    private void deleteMadeFolders() {
        try {
            for (Path folder : madeFolders) {
                Files.deleteIfExists(folder);
            }
        } catch (IOException _) {
            // Something else is in it by now.
        }
    }

    private static void deleteQuietly(Path path) {
        try {
            delete(path);
        } catch (IOException | UncheckedIOException _) {
            // Nothing more can be done for a hidden leftover; the error that led here is the one to report.
        }
    }

    private static void delete(Path path) throws IOException {
        if (!Files.isDirectory(path)) {
            Files.deleteIfExists(path);
            return;
        }
        Files.walkFileTree(path, new SimpleFileVisitor<>() {
            @Override
            public FileVisitResult visitFile(Path file, BasicFileAttributes attributes) throws IOException {
                Files.delete(file);
                return FileVisitResult.CONTINUE;
            }

            @Override
            public FileVisitResult postVisitDirectory(Path folder, IOException failure) throws IOException {
                Files.delete(folder);
                return FileVisitResult.CONTINUE;
            }
        });
    }
}
