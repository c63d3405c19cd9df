package dvdquant.evaluate.report;

import java.nio.file.Path;

/**
 * A clip on disk. All clips of a scene have the same size, number of frames and rate, so that they can play in step.
 *
 * @param path an H.264 file that ends in .mp4
 */
public record ClipFile(Path path, int width, int height, int frames, int fps) {}
