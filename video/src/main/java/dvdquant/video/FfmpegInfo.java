package dvdquant.video;

import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;

import java.util.Arrays;
import java.util.List;

/**
 * What the bundled ffmpeg can do here.
 *
 * @param version for example "8.0.1"
 * @param license for example "LGPL version 3 or later"
 * @param encoders of each format, in the order of the formats
 */
public record FfmpegInfo(String version, String license, List<Encoder> encoders) {
    /**
     * Whether the encoder that a format needs is there.
     *
     * @param format that needs it
     * @param name as ffmpeg calls it
     * @param available whether this build of ffmpeg has it
     */
    public record Encoder(VideoFormat format, String name, boolean available) {}

    /** Copies the list. */
    public FfmpegInfo {
        encoders = List.copyOf(encoders);
    }

    /**
     * Asks ffmpeg, which is loaded if it is not yet, and keeps it from printing.
     *
     * @return what it says
     */
    public static FfmpegInfo probe() {
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
        List<Encoder> encoders = Arrays.stream(VideoFormat.values()).map(FfmpegInfo::encoder).toList();
        return new FfmpegInfo(avutil.av_version_info().getString(), avutil.avutil_license().getString(), encoders);
    }

    private static Encoder encoder(VideoFormat format) {
        String name = EncoderSettings.of(format, 1).encoder();
        return new Encoder(format, name, avcodec.avcodec_find_encoder_by_name(name) != null);
    }
}
