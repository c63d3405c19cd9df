package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Places;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.video.Video;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * A folder of PNG frames: {@code 0000.png}, {@code 0001.png}, …, with the list of their sums, by which frames of this program are told from
 * a user's pictures of such names.
 */
final class FrameFolder {
    private static final Pattern NAME = Pattern.compile("\\d{4,9}\\.png");

    private FrameFolder() {}

    /** Writes the frames beside the folder first, so that a full disk leaves the old frames as they were. */
    static void write(Video video, int fps, Path folder) throws IOException {
        checkReplaceable(folder);
        Path place = Places.real(folder);
        try (var staged = StagedPath.folderFor(folder)) {
            var written = new ArrayList<Path>();
            ClipEncoder.encodeFrames(video, fps, png -> {
                Path file = staged.path().resolve(String.format(Locale.ROOT, "%04d.png", written.size()));
                Files.write(file, png);
                written.add(file);
            });
            FrameSums sums = FrameSums.of(written);
            sums.write(staged.path());
            if (Files.exists(place)) {
                replace(staged.path(), sums, place);
            } else {
                staged.commit();
            }
        }
    }

    /** Frames old and new are listed until all are moved: stopped in between, the folder is still one of ours. */
    private static void replace(Path staged, FrameSums sums, Path folder) throws IOException {
        FrameSums old = FrameSums.read(folder);
        Path both = Files.createDirectory(staged.resolve("both"));
        old.and(sums).write(both);
        move(FrameSums.file(both), folder);
        for (Path frame : list(folder)) {
            Files.delete(frame);
        }
        for (Path frame : list(staged)) {
            move(frame, folder);
        }
        move(FrameSums.file(staged), folder);
    }

    private static void move(Path file, Path folder) throws IOException {
        Files.move(file, folder.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
    }

    /**
     * Checks that the folder is absent, empty or holds frames only that this program wrote, and that its parent can be written to.
     *
     * @throws InputException if not
     */
    static void checkReplaceable(Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException("cannot write frames to " + folder + ": it is a file");
        }
        if (Files.isDirectory(folder)) {
            List<Path> all = Folders.list(folder);
            try {
                FrameSums sums = FrameSums.read(folder);
                for (Path entry : all) {
                    if (FrameSums.isFile(entry)) continue;
                    if (!isFrame(entry) || !sums.hold(entry)) throw foreign(folder, entry);
                }
            } catch (IOException e) {
                throw new InputException("cannot read the folder " + folder + ": " + Reasons.of(e), e);
            }
            if (!Files.isWritable(folder)) throw new InputException("cannot write to the folder " + folder);
        }
        StagedPath.folderFor(folder).close();
    }

    private static InputException foreign(Path folder, Path entry) {
        String what = isFrame(entry) ? "which this program did not write as it is" : "which is not a frame";
        return new InputException("cannot write frames to " + folder + ": it holds " + entry.getFileName() + ", " + what
                + "; expected a new folder, or one of frames that it wrote (by their sums, " + FrameSums.NAME + ")");
    }

    /** The frames in order. */
    static List<Path> list(Path folder) {
        return Folders.list(folder).stream().filter(FrameFolder::isFrame)
                .sorted(Comparator.comparingInt(FrameFolder::number)).toList();
    }

    private static boolean isFrame(Path path) {
        return NAME.matcher(path.getFileName().toString()).matches() && Files.isRegularFile(path);
    }

    private static int number(Path path) {
        String name = path.getFileName().toString();
        return Integer.parseInt(name.substring(0, name.indexOf('.')));
    }
}
