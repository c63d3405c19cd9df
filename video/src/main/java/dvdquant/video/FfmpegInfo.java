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
 */
public record FfmpegInfo(String version, String license, List<Encoder> encoders) {
    /** Whether the encoder that a format needs is there. */
    public record Encoder(VideoFormat format, String name, boolean available) {}

    public FfmpegInfo {
        encoders = List.copyOf(encoders);
    }

    /**
     * Asks ffmpeg.
     *
     * @throws LinkageError if it cannot be loaded on this machine; the message says why
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
