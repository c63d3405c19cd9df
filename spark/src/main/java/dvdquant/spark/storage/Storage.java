package dvdquant.spark.storage;

import dvdquant.core.InputException;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocalFileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkEnv;

import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Files by their addresses ({@code file:}, {@code hdfs:}, {@code s3a:}, {@code gs:}, each by its own jars). Of an address without a scheme the
 * cluster's default counts.
 *
 * @param configuration of Hadoop
 */
public record Storage(Configuration configuration) {
    private static final String SETTING = "spark.hadoop.";
    private static final Pattern GLOB = Pattern.compile("[*?\\[{]");

    /** On an executor: with the settings of the application. */
    public static Storage ofExecutor() {
        return of(SparkEnv.get().conf());
    }

    /** On the driver, which need not be connected yet: with the settings that {@code spark-submit} was given. */
    public static Storage ofDriver() {
        return of(new SparkConf());
    }

    private static Storage of(SparkConf conf) {
        var configuration = new Configuration();
        for (var setting : conf.getAllWithPrefix(SETTING)) {
            configuration.set(setting._1(), setting._2());
        }
        return new Storage(configuration);
    }

    /**
     * An address as it was given, with all that it leaves open.
     *
     * @throws InputException if it is none, or its file system cannot be had
     */
    public Path address(String text) {
        try {
            var path = new Path(text);
            return files(path).makeQualified(path);
        } catch (IllegalArgumentException | IOException e) {
            throw new InputException("'" + text + "' is not an address of files here: " + e.getMessage(), e);
        }
    }

    /** The file system of an address; that of local files writes no checksums beside them. */
    public FileSystem files(Path address) throws IOException {
        FileSystem files = address.getFileSystem(configuration);
        return files instanceof LocalFileSystem local ? local.getRawFileSystem() : files;
    }

    /** Where the files of an address are those of this machine, their place there. */
    public static Optional<java.nio.file.Path> local(Path address) {
        return "file".equals(address.toUri().getScheme())
                ? Optional.of(java.nio.file.Path.of(address.toUri().getPath()))
                : Optional.empty();
    }

    /** As people write it: of this machine's files the path. */
    public static String shown(Path address) {
        return local(address).map(java.nio.file.Path::toString).orElseGet(address::toString);
    }

    /** Empty if there is nothing. */
    public Optional<FileStatus> status(Path address) throws IOException {
        try {
            return Optional.of(files(address).getFileStatus(address));
        } catch (FileNotFoundException _) {
            return Optional.empty();
        }
    }

    /** What is in a folder, by name. */
    public List<FileStatus> list(Path folder) throws IOException {
        return Arrays.stream(files(folder).listStatus(folder))
                .sorted(Comparator.comparing((FileStatus status) -> status.getPath().getName())).toList();
    }

    /** Whether a text stands for several addresses. */
    public static boolean isGlob(String text) {
        return GLOB.matcher(text).find();
    }

    /**
     * The folders that a pattern matches, by name, but for hidden ones.
     *
     * @throws InputException if there are none
     */
    public List<Path> folders(String glob) {
        try {
            var pattern = new Path(glob);
            FileStatus[] found = files(pattern).globStatus(pattern);
            List<Path> folders = found == null
                    ? List.of()
                    : Arrays.stream(found).filter(FileStatus::isDirectory).map(FileStatus::getPath)
                            .filter(path -> !path.getName().startsWith(".")).sorted().toList();
            if (folders.isEmpty()) throw new InputException(glob + ": no such folders, expected models");
            return folders;
        } catch (IOException e) {
            throw new InputException("cannot read " + glob + ": " + e.getMessage(), e);
        }
    }

    /** A new file, in a folder that is there: a task that comes too late must not make it again. */
    public FSDataOutputStream create(Path file) throws IOException {
        return files(file).createFile(file).overwrite(true).build();
    }
}
