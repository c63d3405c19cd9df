package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.video.Video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/** A folder of PNG frames: {@code 0000.png}, {@code 0001.png}, … */
final class FrameFolder {
    private static final Pattern NAME = Pattern.compile("\\d{4,9}\\.png");

    private FrameFolder() {}

    /** Writes the frames beside the folder first, so that a full disk leaves the old frames as they were. */
    static void write(Video video, int fps, Path folder) throws IOException {
        checkReplaceable(folder);
        try (var staged = StagedPath.folderBeside(stagingName(folder))) {
            var written = new ArrayList<Path>();
            ClipEncoder.encodeFrames(video, fps, png -> {
                Path file = staged.path().resolve(String.format(Locale.ROOT, "%04d.png", written.size()));
                Files.write(file, png);
                written.add(file);
            });
            if (!Files.exists(folder)) {
                Files.move(staged.path(), folder.toAbsolutePath().normalize());
                return;
            }
            for (Path old : list(folder)) {
                Files.delete(old);
            }
            for (Path file : written) {
                Files.move(file, folder.resolve(file.getFileName()));
            }
        }
    }

    /** StagedPath replaces empty folders only, so it stages a name that nobody uses. */
    private static Path stagingName(Path folder) {
        Path absolute = folder.toAbsolutePath().normalize();
        if (absolute.getParent() == null)
            throw new InputException("cannot write " + folder + ": it is the root folder");
        return absolute.resolveSibling(absolute.getFileName() + ".frames-" + ProcessHandle.current().pid());
    }

    /**
     * Checks that the folder is absent, empty or holds frames only, and that its parent can be written to.
     *
     * @throws InputException if not
     */
    static void checkReplaceable(Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException("cannot write frames to " + folder + ": it is a file");
        }
        if (Files.isDirectory(folder)) {
            try (var entries = Files.list(folder)) {
                entries.filter(entry -> !isFrame(entry)).findFirst().ifPresent(other -> {
                    throw new InputException("cannot write frames to " + folder + ": it holds " + other.getFileName()
                            + ", which is not a frame; expected a new folder, or one of 0000.png, 0001.png, …");
                });
            } catch (IOException e) {
                throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e), e);
            }
        }
        StagedPath.folderBeside(stagingName(folder)).close();
    }

    /** The frames in order. */
    static List<Path> list(Path folder) throws IOException {
        try (var entries = Files.list(folder)) {
            return entries.filter(FrameFolder::isFrame).sorted(Comparator.comparingInt(FrameFolder::number)).toList();
        }
    }

    private static boolean isFrame(Path path) {
        return NAME.matcher(path.getFileName().toString()).matches() && Files.isRegularFile(path);
    }

    private static int number(Path path) {
        String name = path.getFileName().toString();
        return Integer.parseInt(name.substring(0, name.indexOf('.')));
    }
}
