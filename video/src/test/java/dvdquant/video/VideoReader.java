package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.FfmpegException;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Reads clips, so that tests can look at what was written. */
public final class VideoReader {
    private VideoReader() {}

    /**
     * Reads all frames of a .mp4, .webm, .gif or .apng file, or of a folder of PNG frames.
     *
     * @throws InputException if the file is missing, damaged, cut short, or of another kind (animated WebP cannot be decoded)
     */
    public static Clip read(Path path) {
        try {
            if (!Files.exists(path)) throw new InputException("cannot read " + path + ": no such file or folder");
            if (Files.isDirectory(path)) return readFolder(path);
            return readFile(path);
        } catch (IOException e) {
            throw new InputException("cannot read " + path + ": " + Reasons.of(e), e);
        } catch (FfmpegException e) {
            throw new InputException("cannot read " + path + ": " + e.getMessage(), e);
        }
    }

    private static Clip readFile(Path path) throws IOException {
        VideoFormat format = VideoFormat.of(path.toString()).orElseThrow(() -> new InputException("cannot read " + path
                + ": expected .mp4, .webm, .gif, .apng or a folder of PNG frames"));
        Completeness.check(path, format);
        return switch (format) {
            case MP4 -> FrameDecoder.decode(path, "mov");
            case WEBM -> FrameDecoder.decode(path, "matroska");
            case GIF -> FrameDecoder.decode(path, "gif");
            // A .apng of one frame is a plain PNG.
            case APNG -> FrameDecoder.decode(path, Completeness.isAnimatedPng(path) ? "apng" : "png_pipe");
            case WEBP -> throw new InputException("cannot read " + path
                    + ": ffmpeg writes animated WebP but cannot decode it; use .mp4, .webm, .gif, .apng or PNG frames");
            case FRAMES -> throw new AssertionError("a file's name ends in /");
        };
    }

    private static Clip readFolder(Path folder) throws IOException {
        List<Path> files = FrameFolder.list(folder);
        if (files.isEmpty())
            throw new InputException("cannot read " + folder + ": it holds no frames 0000.png, 0001.png, …");
        var frames = new ArrayList<byte[]>();
        Video first = null;
        for (Path file : files) {
            Video picture = readPicture(file);
            if (first == null) first = picture;
            if (picture.width() != first.width() || picture.height() != first.height()) {
                throw new InputException("cannot read " + folder + ": " + file.getFileName() + " is of "
                        + picture.width() + "×"
                        + picture.height() + " pixels, the first frame of " + first.width() + "×" + first.height());
            }
            frames.add(picture.frames().getFirst());
        }
        return new Clip(new Video(first.width(), first.height(), frames), OptionalInt.empty());
    }

    private static Video readPicture(Path file) throws IOException {
        try {
            Completeness.check(file, VideoFormat.FRAMES);
            return FrameDecoder.decode(file, "png_pipe").video();
        } catch (FfmpegException e) {
            throw new FfmpegException(file.getFileName() + ": " + e.getMessage());
        }
    }
}
