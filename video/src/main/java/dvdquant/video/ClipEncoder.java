package dvdquant.video;

import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.global.avutil;

import java.io.IOException;

/** Encodes whole clips in memory. */
final class ClipEncoder {
    /** Takes one encoded picture. */
    interface PictureSink {
        void accept(byte[] picture) throws IOException;
    }

    private ClipEncoder() {}

    /** The bytes of a file in {@code format}, which is not {@link VideoFormat#FRAMES}. */
    static byte[] encode(Video video, int fps, VideoFormat format) throws IOException {
        var settings = EncoderSettings.of(format, video.frames().size());
        try (var scope = new NativeScope()) {
            var muxer = MemoryMuxer.open(scope, settings);
            var encoder = FrameEncoder.open(scope, settings, video, fps, muxer.globalHeader());
            AVStream stream = muxer.start(encoder.context());
            encodeAll(scope, video, fps, encoder, packet -> muxer.add(stream, packet, encoder.context().time_base()));
            return muxer.finish();
        }
    }

    /** One PNG file a frame. */
    static void encodeFrames(Video video, int fps, PictureSink sink) throws IOException {
        var settings = EncoderSettings.of(VideoFormat.FRAMES, video.frames().size());
        try (var scope = new NativeScope()) {
            var encoder = FrameEncoder.open(scope, settings, video, fps, false);
            encodeAll(scope, video, fps, encoder, packet -> {
                var bytes = new byte[packet.size()];
                packet.data().get(bytes);
                sink.accept(bytes);
            });
        }
    }

    private static void encodeAll(NativeScope scope, Video video, int fps, FrameEncoder encoder,
            FrameEncoder.PacketSink sink)
            throws IOException {
        int pixelFormat = encoder.context().pix_fmt();
        if (pixelFormat == avutil.AV_PIX_FMT_PAL8) {
            var palette = PaletteFilter.open(scope, video.width(), video.height(), fps);
            FrameFeed.run(scope, video, avutil.AV_PIX_FMT_BGRA, palette::add);
            palette.drain(frame -> encoder.encode(frame, sink));
        } else {
            FrameFeed.run(scope, video, pixelFormat, frame -> encoder.encode(frame, sink));
        }
        encoder.encode(null, sink);
    }
}
