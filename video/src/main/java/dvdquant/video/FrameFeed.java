package dvdquant.video;

import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;

import java.io.IOException;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** Turns a clip's frames into ffmpeg's, one after another, numbered from 0. */
final class FrameFeed {
    /** Takes a frame; its pixels may be reused after the call unless they were referred to. */
    interface FrameSink {
        void accept(AVFrame frame) throws IOException;
    }

    private FrameFeed() {}

    /** Hands each frame to {@code sink} in {@code pixelFormat}. */
    static void run(NativeScope scope, Video video, int pixelFormat, FrameSink sink) throws IOException {
        int width = video.width();
        int height = video.height();
        AVFrame rgb = scope.frame(width, height, avutil.AV_PIX_FMT_RGB24);
        AVFrame converted = scope.frame(width, height, pixelFormat);
        if (pixelFormat == avutil.AV_PIX_FMT_YUV420P) tag(converted);
        var converter = new PixelConverter(scope, width, height, pixelFormat);
        for (int i = 0; i < video.frames().size(); i++) {
            fill(rgb, video.frames().get(i));
            converter.convert(rgb, converted);
            converted.pts(i).duration(1);
            sink.accept(converted);
        }
    }

    private static void tag(AVFrame frame) {
        frame.colorspace(avutil.AVCOL_SPC_BT709).color_primaries(avutil.AVCOL_PRI_BT709)
                .color_trc(avutil.AVCOL_TRC_BT709)
                .color_range(avutil.AVCOL_RANGE_MPEG).chroma_location(avutil.AVCHROMA_LOC_LEFT);
    }

    private static void fill(AVFrame rgb, byte[] pixels) {
        check(avutil.av_frame_make_writable(rgb), "allocating a frame");
        BytePointer rows = rgb.data(0);
        int rowBytes = 3 * rgb.width();
        for (int y = 0; y < rgb.height(); y++) {
            rows.position((long) y * rgb.linesize(0)).put(pixels, y * rowBytes, rowBytes);
        }
    }
}
