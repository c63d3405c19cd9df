package dvdquant.video;

import org.bytedeco.ffmpeg.global.avutil;

import java.util.Map;

/**
 * Which encoder and container a format uses, and with which options. All encoders run on one thread, so that the same frames
 * give the same bytes.
 *
 * @param muxer the container's name; empty for single pictures
 * @param pixelFormat one of ffmpeg's AV_PIX_FMT_ numbers
 */
record EncoderSettings(String encoder, String muxer, int pixelFormat, Map<String, String> encoderOptions,
        Map<String, String> muxerOptions) {
    static EncoderSettings of(VideoFormat format, int frames) {
        return switch (format) {
            // One quantizer for all frames: rate control would starve the first frames of short clips. A quantizer step of 18
            // keeps 128×128 clips above 40 dB.
            case MP4 -> new EncoderSettings("libopenh264", "mp4", avutil.AV_PIX_FMT_YUV420P,
                    Map.of("rc_mode", "quality", "b", "2000000", "qmin", "16", "qmax", "16", "allow_skip_frames", "0",
                            "profile",
                            "high", "g", "120"),
                    // The index before the pictures, so that a browser plays at once: in memory it cannot be moved afterwards,
                    // so room is kept for it (a frame takes at most 24 bytes of it).
                    Map.of("moov_size", Long.toString(2048 + 24L * frames)));
            case WEBM -> new EncoderSettings("libvpx-vp9", "webm", avutil.AV_PIX_FMT_YUV420P,
                    Map.of("crf", "20", "b", "0", "deadline", "good", "cpu-used", "4", "g", "120"), Map.of());
            case GIF -> new EncoderSettings("gif", "gif", avutil.AV_PIX_FMT_PAL8, Map.of(), Map.of("loop", "0"));
            case APNG -> new EncoderSettings("apng", "apng", avutil.AV_PIX_FMT_RGB24, Map.of("pred", "mixed"),
                    Map.of("plays", "0"));
            case WEBP -> new EncoderSettings("libwebp_anim", "webp", avutil.AV_PIX_FMT_BGRA, Map.of("quality", "90"),
                    Map.of("loop", "0"));
            case FRAMES -> new EncoderSettings("png", "", avutil.AV_PIX_FMT_RGB24, Map.of("pred", "mixed"), Map.of());
        };
    }
}
