package dvdquant.video;

import dvdquant.video.ffmpeg.FfmpegException;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.PointerPointer;

import java.nio.file.Path;
import java.util.Map;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** Decodes the first video stream of a file. */
final class FrameDecoder {
    // The file may be anybody's: it may not open other files, and a few bytes may not claim a huge picture.
    private static final Map<String, String> DEMUXER_OPTIONS = Map.of("protocol_whitelist", "file");
    private static final Map<String, String> DECODER_OPTIONS = Map.of("max_pixels", "67108864", "err_detect",
            "crccheck+bitstream+buffer+explode", "threads", "1");

    private final AVFormatContext container;
    private final AVStream stream;
    private final AVCodecContext decoder;
    private final AVFrame frame;
    private final FrameCollector collector;

    private FrameDecoder(AVFormatContext container, AVStream stream, AVCodecContext decoder, AVFrame frame,
            FrameCollector collector) {
        this.container = container;
        this.stream = stream;
        this.decoder = decoder;
        this.frame = frame;
        this.collector = collector;
    }

    /** All frames of the file, which must be of the kind that {@code demuxer} reads. */
    static Clip decode(Path path, String demuxer) {
        try (var scope = new NativeScope()) {
            FrameDecoder decoder = open(scope, path, demuxer);
            decoder.run(scope.own(avcodec.av_packet_alloc(), avcodec::av_packet_free));
            return decoder.collector.clip(decoder.container, decoder.stream);
        }
    }

    private static FrameDecoder open(NativeScope scope, Path path, String demuxer) {
        var container = new AVFormatContext(null);
        check(avformat.avformat_open_input(container, "file:" + path.toAbsolutePath(),
                avformat.av_find_input_format(demuxer),
                scope.options(DEMUXER_OPTIONS)), "opening it");
        scope.own(container, avformat::avformat_close_input);
        check(avformat.avformat_find_stream_info(container, (PointerPointer<?>) null), "finding its video");
        int index = avformat.av_find_best_stream(container, avutil.AVMEDIA_TYPE_VIDEO, -1, -1, (PointerPointer<?>) null,
                0);
        AVStream stream = container.streams(check(index, "finding its video"));
        AVCodec codec = avcodec.avcodec_find_decoder(stream.codecpar().codec_id());
        if (codec == null) throw new FfmpegException("this build of ffmpeg cannot decode its video");
        AVCodecContext decoder = scope.own(avcodec.avcodec_alloc_context3(codec), avcodec::avcodec_free_context);
        check(avcodec.avcodec_parameters_to_context(decoder, stream.codecpar()), "opening the decoder");
        check(avcodec.avcodec_open2(decoder, codec, scope.options(DECODER_OPTIONS)), "opening the decoder");
        return new FrameDecoder(container, stream, decoder, scope.frame(), new FrameCollector(scope));
    }

    private void run(AVPacket packet) {
        while (true) {
            int code = avformat.av_read_frame(container, packet);
            if (code == avutil.AVERROR_EOF()) break;
            check(code, "reading it");
            try {
                if ((packet.flags() & avcodec.AV_PKT_FLAG_CORRUPT) != 0) throw FrameCollector.cutShort();
                if (packet.stream_index() == stream.index()) decode(packet);
            } finally {
                avcodec.av_packet_unref(packet);
            }
        }
        decode(null);
    }

    private void decode(AVPacket packet) {
        check(avcodec.avcodec_send_packet(decoder, packet), "decoding it");
        while (true) {
            int code = avcodec.avcodec_receive_frame(decoder, frame);
            if (code == avutil.AVERROR_EAGAIN() || code == avutil.AVERROR_EOF()) return;
            check(code, "decoding it");
            collector.add(frame);
            avutil.av_frame_unref(frame);
        }
    }
}
