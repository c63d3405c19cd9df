package dvdquant.core.metrics;

import dvdquant.core.InputException;
import dvdquant.core.video.Video;

import java.util.List;
import java.util.stream.IntStream;

/** Goes over two clips frame by frame. */
final class FramePairs {
    private FramePairs() {}

    @FunctionalInterface
    interface Metric {
        double of(byte[] frame, byte[] reference);
    }

    /**
     * Frames are independent, so they are spread over the processor.
     *
     * @return a score a frame, in order
     * @throws InputException if the clips differ in length or size
     */
    static List<Double> score(Video clip, Video reference, Metric metric) {
        clip.requireSameSize(reference);
        return IntStream.range(0, clip.frames().size()).parallel()
                .mapToObj(i -> metric.of(clip.frames().get(i), reference.frames().get(i))).toList();
    }
}
