package dvdquant.video;

import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** Converts decoded frames to packed RGB by their own tags, as a player does; shares nothing with what wrote them. */
final class RgbConverter {
    private static final int FLAGS = swscale.SWS_BICUBIC | swscale.SWS_ACCURATE_RND | swscale.SWS_FULL_CHR_H_INP
            | swscale.SWS_FULL_CHR_H_INT | swscale.SWS_BITEXACT;
    private static final int ONE = 1 << 16;

    private final SwsContext context;

    /** For frames like this one. */
    RgbConverter(NativeScope scope, AVFrame frame) {
        context = scope.own(swscale.sws_alloc_context(), swscale::sws_freeContext);
        context.flags(FLAGS).src_w(frame.width()).src_h(frame.height()).src_format(frame.format())
                .dst_w(frame.width()).dst_h(frame.height()).dst_format(avutil.AV_PIX_FMT_RGB24);
        boolean halved = frame.format() == avutil.AV_PIX_FMT_YUV420P || frame.format() == avutil.AV_PIX_FMT_YUVJ420P;
        boolean left = frame.chroma_location() <= avutil.AVCHROMA_LOC_LEFT;
        if (halved && left) context.src_h_chr_pos(0).src_v_chr_pos(128);
        check(swscale.sws_init_context(context, null, null), "preparing the color conversion");
        if (isYuv(frame.format())) setColors(frame);
    }

    private static boolean isYuv(int pixelFormat) {
        long flags = avutil.av_pix_fmt_desc_get(pixelFormat).flags();
        int components = avutil.av_pix_fmt_desc_get(pixelFormat).nb_components();
        return (flags & (avutil.AV_PIX_FMT_FLAG_RGB | avutil.AV_PIX_FMT_FLAG_PAL)) == 0 && components >= 3;
    }

    private void setColors(AVFrame frame) {
        var coefficients = swscale.sws_getCoefficients(matrix(frame));
        int fullSource = frame.color_range() == avutil.AVCOL_RANGE_JPEG ? 1 : 0;
        check(swscale.sws_setColorspaceDetails(context, coefficients, fullSource, coefficients, 1, 0, ONE, ONE),
                "preparing the color conversion");
    }

    /** Untagged video follows the browsers' habit: BT.709 from 720 lines on. */
    private static int matrix(AVFrame frame) {
        int space = frame.colorspace();
        if (space != avutil.AVCOL_SPC_UNSPECIFIED) return space;
        return frame.height() >= 720 ? swscale.SWS_CS_ITU709 : swscale.SWS_CS_ITU601;
    }

    /** Fills {@code rgb}. */
    void convert(AVFrame frame, AVFrame rgb) {
        check(avutil.av_frame_make_writable(rgb), "allocating a frame");
        check(swscale.sws_scale_frame(context, rgb, frame), "converting colors");
    }
}
