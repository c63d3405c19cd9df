package dvdquant.video;

import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.ffmpeg.global.swscale;
import org.bytedeco.ffmpeg.swscale.SwsContext;

import static dvdquant.video.ffmpeg.NativeScope.check;

/**
 * Converts packed RGB to an encoder's pixels without changing the size. What we write is BT.709, limited range, with the color
 * samples between the left pixels of two rows, and is tagged so: untagged small clips are taken for BT.601 by browsers.
 */
final class PixelConverter {
    private static final int FLAGS = swscale.SWS_BICUBIC | swscale.SWS_ACCURATE_RND | swscale.SWS_FULL_CHR_H_INP
            | swscale.SWS_FULL_CHR_H_INT | swscale.SWS_BITEXACT;
    private static final int ONE = 1 << 16;

    private final SwsContext context;

    /** To an encoder's format. */
    PixelConverter(NativeScope scope, int width, int height, int pixelFormat) {
        context = scope.own(swscale.sws_alloc_context(), swscale::sws_freeContext);
        context.flags(FLAGS).src_w(width).src_h(height).src_format(avutil.AV_PIX_FMT_RGB24).dst_w(width).dst_h(height)
                .dst_format(pixelFormat);
        boolean yuv = pixelFormat == avutil.AV_PIX_FMT_YUV420P;
        if (yuv) context.dst_h_chr_pos(0).dst_v_chr_pos(128);
        check(swscale.sws_init_context(context, null, null), "preparing the color conversion");
        if (yuv) setColors();
    }

    /** From full-range RGB to what {@link #tag} says. */
    private void setColors() {
        var coefficients = swscale.sws_getCoefficients(swscale.SWS_CS_ITU709);
        check(swscale.sws_setColorspaceDetails(context, coefficients, 1, coefficients, 0, 0, ONE, ONE),
                "preparing the color conversion");
    }

    /** Says in the encoder's stream what YUV pixels are converted to. */
    static void tag(AVCodecContext encoder) {
        encoder.colorspace(avutil.AVCOL_SPC_BT709).color_primaries(avutil.AVCOL_PRI_BT709)
                .color_trc(avutil.AVCOL_TRC_BT709)
                .color_range(avutil.AVCOL_RANGE_MPEG).chroma_sample_location(avutil.AVCHROMA_LOC_LEFT);
    }

    /** Fills {@code target} with {@code source} in the target's format; whoever still refers to the old pixels keeps them. */
    void convert(AVFrame source, AVFrame target) {
        check(avutil.av_frame_make_writable(target), "allocating a frame");
        check(swscale.sws_scale_frame(context, target, source), "converting colors");
    }
}
