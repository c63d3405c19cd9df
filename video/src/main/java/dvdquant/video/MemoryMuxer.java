package dvdquant.video;

import dvdquant.video.ffmpeg.FfmpegException;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVIOContext;
import org.bytedeco.ffmpeg.avformat.AVOutputFormat;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avcodec;
import org.bytedeco.ffmpeg.global.avformat;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;
import org.bytedeco.javacpp.PointerPointer;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** A container with one video stream, written to memory. Lives as long as its scope. */
final class MemoryMuxer {
    private final NativeScope scope;
    private final EncoderSettings settings;
    private final AVFormatContext container;
    private final AVIOContext memory;

    private MemoryMuxer(NativeScope scope, EncoderSettings settings, AVFormatContext container, AVIOContext memory) {
        this.scope = scope;
        this.settings = settings;
        this.container = container;
        this.memory = memory;
    }

    static MemoryMuxer open(NativeScope scope, EncoderSettings settings) {
        var memory = new AVIOContext(null);
        check(avformat.avio_open_dyn_buf(memory), "allocating memory for the file");
        scope.own(memory, MemoryMuxer::free);
        var container = new AVFormatContext(null);
        check(avformat.avformat_alloc_output_context2(container, (AVOutputFormat) null, settings.muxer(),
                (String) null),
                "opening the container " + settings.muxer());
        scope.own(container, avformat::avformat_free_context);
        // No creation time, no random identifiers.
        container.flags(container.flags() | AVFormatContext.AVFMT_FLAG_BITEXACT).pb(memory);
        return new MemoryMuxer(scope, settings, container, memory);
    }

    private static void free(AVIOContext memory) {
        try (var buffer = new PointerPointer<BytePointer>(1)) {
            avformat.avio_close_dyn_buf(memory, buffer);
            avutil.av_free(buffer.get());
        }
    }

    /** Whether the encoder's header goes to the container instead of the first frame. */
    boolean globalHeader() {
        return (container.oformat().flags() & avformat.AVFMT_GLOBALHEADER) != 0;
    }

    /** Adds the stream and writes the container's header. */
    AVStream start(AVCodecContext encoder) {
        AVStream stream = avformat.avformat_new_stream(container, null);
        if (stream == null) throw new FfmpegException("ffmpeg could not allocate memory");
        stream.time_base(encoder.time_base()).avg_frame_rate(encoder.framerate());
        check(avcodec.avcodec_parameters_from_context(stream.codecpar(), encoder), "describing the stream");
        AVDictionary options = scope.options(settings.muxerOptions());
        check(avformat.avformat_write_header(container, options), "writing the header");
        if (avutil.av_dict_count(options) > 0) {
            throw new IllegalStateException(settings.muxer() + " does not know all its options");
        }
        return stream;
    }

    /** Adds a packet with times in {@code timeBase}. */
    void add(AVStream stream, AVPacket packet, AVRational timeBase) {
        avcodec.av_packet_rescale_ts(packet, timeBase, stream.time_base());
        packet.stream_index(stream.index());
        check(avformat.av_interleaved_write_frame(container, packet), "adding a frame");
    }

    /** Completes the file and gives its bytes. */
    byte[] finish() {
        check(avformat.av_write_trailer(container), "completing the file");
        try (var buffer = new PointerPointer<BytePointer>(1)) {
            int size = check(avformat.avio_get_dyn_buf(memory, buffer), "completing the file");
            var bytes = new byte[size];
            buffer.get(BytePointer.class).get(bytes);
            return bytes;
        }
    }
}
