package dvdquant.video;

import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.FfmpegException;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avutil;

import java.io.IOException;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** One encoder, fed frame by frame. Lives as long as its scope. */
final class FrameEncoder {
    /** Takes an encoded packet; it is valid during the call only. */
    interface PacketSink {
        void accept(AVPacket packet) throws IOException;
    }

    private final String name;
    private final AVCodecContext context;
    private final AVPacket packet;

    private FrameEncoder(String name, AVCodecContext context, AVPacket packet) {
        this.name = name;
        this.context = context;
        this.packet = packet;
    }

    static FrameEncoder open(NativeScope scope, EncoderSettings settings, Video video, int fps, boolean globalHeader) {
        String name = settings.encoder();
        AVCodec codec = avcodec.avcodec_find_encoder_by_name(name);
        if (codec == null) throw new FfmpegException("this build of ffmpeg has no encoder " + name);
        AVCodecContext context = scope.own(avcodec.avcodec_alloc_context3(codec), avcodec::avcodec_free_context);
        context.width(video.width()).height(video.height()).pix_fmt(settings.pixelFormat());
        context.time_base(avutil.av_make_q(1, fps)).framerate(avutil.av_make_q(fps, 1));
        context.sample_aspect_ratio(avutil.av_make_q(1, 1)).max_b_frames(0).thread_count(1);
        int flags = avcodec.AV_CODEC_FLAG_BITEXACT | (globalHeader ? avcodec.AV_CODEC_FLAG_GLOBAL_HEADER : 0);
        context.flags(context.flags() | flags);
        if (settings.pixelFormat() == avutil.AV_PIX_FMT_YUV420P) PixelConverter.tag(context);
        AVDictionary options = scope.options(settings.encoderOptions());
        check(avcodec.avcodec_open2(context, codec, options), "opening the encoder " + name);
        if (avutil.av_dict_count(options) > 0) throw new IllegalStateException(name + " does not know all its options");
        return new FrameEncoder(name, context, scope.own(avcodec.av_packet_alloc(), avcodec::av_packet_free));
    }

    AVCodecContext context() {
        return context;
    }

    /** Encodes a frame, or what is still held back when {@code frame} is null. */
    void encode(AVFrame frame, PacketSink sink) throws IOException {
        check(avcodec.avcodec_send_frame(context, frame), "encoding with " + name);
        while (true) {
            int code = avcodec.avcodec_receive_packet(context, packet);
            if (code == avutil.AVERROR_EAGAIN() || code == avutil.AVERROR_EOF()) return;
            check(code, "encoding with " + name);
            if (packet.duration() == 0) packet.duration(1);
            try {
                sink.accept(packet);
            } finally {
                avcodec.av_packet_unref(packet);
            }
        }
    }
}
