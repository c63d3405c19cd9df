package dvdquant.video;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.FfmpegException;

import java.io.IOException;
import java.nio.file.Files;

/** Writes a clip. The same clip gives the same bytes every time on the same machine. */
public final class VideoWriter {
    private VideoWriter() {}

    /**
     * Writes the whole clip, or nothing: the file is encoded in memory, written beside its place and renamed. A file at the
     * target is replaced, and so is a folder that holds frames only.
     *
     * @param video all frames
     * @param fps frames a second
     * @param target where, and in which format
     * @throws InputException if the format cannot hold the clip, or the target cannot be written
     */
    public static void write(Video video, int fps, VideoTarget target) {
        target.check(video.width(), video.height());
        target.checkFps(fps);
        try {
            if (target.format() == VideoFormat.FRAMES) {
                FrameFolder.write(video, fps, target.path());
                return;
            }
            try (var staged = StagedPath.beside(target.path())) {
                Files.write(staged.path(), ClipEncoder.encode(video, fps, target.format()));
                staged.commit();
            }
        } catch (IOException e) {
            throw new InputException("cannot write " + target.path() + ": " + Reasons.of(e), e);
        } catch (FfmpegException e) {
            throw new InputException("cannot write " + target.path() + ": " + e.getMessage(), e);
        }
    }
}
