package dvdquant.core.io;

import dvdquant.core.InputException;

import java.io.IOException;
import java.net.JarURLConnection;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Collections;
import java.util.jar.JarFile;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * A folder in which native libraries are unpacked at their first use, as JavaCPP's cache. JavaCPP checks and locks a library when it is that
 * one's turn; but a library that is loaded brings those that it needs along, from beside it, and one of them may be half unpacked just
 * then, by another process, or since a process that is no more: loading it ends the JVM (SIGBUS). So all are loaded in a turn that one
 * process has at a time, and what is cut short is removed before.
 */
public final class UnpackedLibraries {
    private static final String LOCK = ".dvdquant-loading";

    private UnpackedLibraries() {}

    /** Loads libraries while no other process does so from the same folder. Where the folder cannot be written to, nobody unpacks there. */
    public static synchronized void inTurn(Path folder, Runnable load) {
        try (FileChannel channel = FileChannel.open(folder.resolve(LOCK), StandardOpenOption.CREATE,
                StandardOpenOption.WRITE); FileLock _ = channel.lock()) {
            load.run();
            return;
        } catch (IOException | OverlappingFileLockException _) {
            // a folder that is read-only, on a file system without locks, or locked by this process from another class loader
        }
        load.run();
    }

    /**
     * Removes libraries of another size than they have in their jars, to be unpacked again.
     *
     * @param folder with a folder of the name of each jar
     * @param jars by whose class loader they are found
     * @throws InputException if one cannot be removed
     */
    public static void removeCutShort(Path folder, ClassLoader jars) {
        try {
            for (URL url : Collections.list(jars.getResources(JarFile.MANIFEST_NAME))) {
                if (!(url.openConnection() instanceof JarURLConnection connection)) continue;
                Path jar = Path.of(connection.getJarFileURL().toURI());
                Path unpacked = folder.resolve(jar.getFileName());
                if (Files.isDirectory(unpacked)) removeCutShort(unpacked, jar);
            }
        } catch (IOException | URISyntaxException e) {
            throw new InputException("cannot read the jars of the native libraries in " + folder + ": "
                    + (e instanceof IOException io ? Reasons.of(io) : e.getMessage()), e);
        }
    }

    private static void removeCutShort(Path unpacked, Path jar) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            zip.stream().filter(entry -> !entry.isDirectory()).forEach(entry -> removeUnlessWhole(unpacked, entry));
        }
    }

    private static void removeUnlessWhole(Path unpacked, ZipEntry entry) {
        Path file = unpacked.resolve(entry.getName()).normalize();
        if (file.startsWith(unpacked)) removeUnlessOf(entry.getSize(), file);
    }

    /**
     * Removes a library of another size; nothing if there is none.
     *
     * @throws InputException if it cannot be removed
     */
    public static void removeUnlessOf(long bytes, Path file) {
        try {
            if (Files.isRegularFile(file) && Files.size(file) != bytes) Files.delete(file);
        } catch (IOException e) {
            throw new InputException("the native library " + file + " is not the " + bytes
                    + " bytes that it was unpacked from, and cannot be removed: " + Reasons.of(e), e);
        }
    }
}
