package dvdquant.app.video;

import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;

import static dvdquant.app.video.NativeScope.check;

/**
 * Converts between RGB and an encoder's pixels without changing the size. What we write is BT.709, limited range, with the
 * color samples between the left pixels of two rows, and is tagged so: untagged small clips are taken for BT.601 by browsers.
 */
final class PixelConverter {
    private static final int FLAGS = swscale.SWS_BICUBIC | swscale.SWS_ACCURATE_RND | swscale.SWS_FULL_CHR_H_INP
            | swscale.SWS_FULL_CHR_H_INT | swscale.SWS_BITEXACT;
    private static final int ONE = 1 << 16;

    private final SwsContext context;

    private PixelConverter(SwsContext context) {
        this.context = context;
    }

    /** Says in the encoder's stream what {@link #toEncoder} converts to. */
    static void tag(AVCodecContext encoder) {
        encoder.colorspace(avutil.AVCOL_SPC_BT709).color_primaries(avutil.AVCOL_PRI_BT709)
                .color_trc(avutil.AVCOL_TRC_BT709)
                .color_range(avutil.AVCOL_RANGE_MPEG).chroma_sample_location(avutil.AVCHROMA_LOC_LEFT);
    }

    /** From packed RGB to an encoder's format. */
    static PixelConverter toEncoder(NativeScope scope, int width, int height, int pixelFormat) {
        SwsContext context = context(scope, width, height).src_format(avutil.AV_PIX_FMT_RGB24).dst_format(pixelFormat);
        boolean yuv = pixelFormat == avutil.AV_PIX_FMT_YUV420P;
        if (yuv) context.dst_h_chr_pos(0).dst_v_chr_pos(128);
        check(swscale.sws_init_context(context, null, null), "preparing the color conversion");
        if (yuv) setColors(context, swscale.SWS_CS_ITU709, true, false);
        return new PixelConverter(context);
    }

    /** From a decoded frame to packed RGB, by the frame's own tags. */
    static PixelConverter fromDecoder(NativeScope scope, AVFrame frame) {
        SwsContext context = context(scope, frame.width(), frame.height()).src_format(frame.format())
                .dst_format(avutil.AV_PIX_FMT_RGB24);
        boolean halved = frame.format() == avutil.AV_PIX_FMT_YUV420P || frame.format() == avutil.AV_PIX_FMT_YUVJ420P;
        boolean left = frame.chroma_location() <= avutil.AVCHROMA_LOC_LEFT;
        if (halved && left) context.src_h_chr_pos(0).src_v_chr_pos(128);
        check(swscale.sws_init_context(context, null, null), "preparing the color conversion");
        boolean full = frame.color_range() == avutil.AVCOL_RANGE_JPEG;
        if (isYuv(frame.format())) setColors(context, matrix(frame), full, true);
        return new PixelConverter(context);
    }

    private static SwsContext context(NativeScope scope, int width, int height) {
        SwsContext context = scope.own(swscale.sws_alloc_context(), swscale::sws_freeContext);
        return context.flags(FLAGS).src_w(width).src_h(height).dst_w(width).dst_h(height);
    }

    private static boolean isYuv(int pixelFormat) {
        long flags = avutil.av_pix_fmt_desc_get(pixelFormat).flags();
        int components = avutil.av_pix_fmt_desc_get(pixelFormat).nb_components();
        return (flags & (avutil.AV_PIX_FMT_FLAG_RGB | avutil.AV_PIX_FMT_FLAG_PAL)) == 0 && components >= 3;
    }

    /** Untagged video follows the browsers' habit: BT.709 from 720 lines on. */
    private static int matrix(AVFrame frame) {
        int space = frame.colorspace();
        if (space != avutil.AVCOL_SPC_UNSPECIFIED) return space;
        return frame.height() >= 720 ? swscale.SWS_CS_ITU709 : swscale.SWS_CS_ITU601;
    }

    private static void setColors(SwsContext context, int matrix, boolean fullSource, boolean fullTarget) {
        var coefficients = swscale.sws_getCoefficients(matrix);
        check(swscale.sws_setColorspaceDetails(context, coefficients, fullSource ? 1 : 0, coefficients,
                fullTarget ? 1 : 0, 0,
                ONE, ONE), "preparing the color conversion");
    }

    /** Fills {@code target} with {@code source} in the target's format; whoever still refers to the old pixels keeps them. */
    void convert(AVFrame source, AVFrame target) {
        check(avutil.av_frame_make_writable(target), "allocating a frame");
        check(swscale.sws_scale_frame(context, target, source), "converting colors");
    }
}
