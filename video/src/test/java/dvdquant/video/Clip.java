package dvdquant.video;

import dvdquant.core.video.Video;

import java.util.OptionalInt;

/**
 * A clip read from a file.
 *
 * @param fps frames a second, rounded; empty where the file does not say (a folder of PNG files, a file of one frame)
 */
public record Clip(Video video, OptionalInt fps) {}
