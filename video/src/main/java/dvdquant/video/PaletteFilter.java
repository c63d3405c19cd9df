package dvdquant.video;

import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avfilter.AVFilterContext;
import org.bytedeco.ffmpeg.avfilter.AVFilterGraph;
import org.bytedeco.ffmpeg.avfilter.AVFilterInOut;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avfilter;
import org.bytedeco.ffmpeg.global.avutil;

import java.io.IOException;
import java.util.Locale;

import static dvdquant.video.ffmpeg.NativeScope.check;

/**
 * Finds 256 colors for a whole clip and paints its frames with them. Takes BGRA frames, gives paletted ones. The
 * dither is an ordered one: its pattern stands still where the clip does, error diffusion crawls.
 */
final class PaletteFilter {
    private static final String GRAPH = "buffer@in=video_size=%dx%d:pix_fmt=bgra:time_base=1/%d:pixel_aspect=1/1,"
            + "split[colors][frames];[colors]palettegen=stats_mode=full[palette];"
            + "[frames][palette]paletteuse=dither=bayer:bayer_scale=3,buffersink@out";

    private final AVFilterContext in;
    private final AVFilterContext out;
    private final AVFrame frame;

    private PaletteFilter(AVFilterContext in, AVFilterContext out, AVFrame frame) {
        this.in = in;
        this.out = out;
        this.frame = frame;
    }

    static PaletteFilter open(NativeScope scope, int width, int height, int fps) {
        AVFilterGraph graph = scope.own(avfilter.avfilter_graph_alloc(), avfilter::avfilter_graph_free);
        graph.nb_threads(1);
        String description = String.format(Locale.ROOT, GRAPH, width, height, fps);
        var unconnected = new AVFilterInOut(null);
        check(avfilter.avfilter_graph_parse2(graph, description, unconnected, unconnected), "preparing the palette");
        check(avfilter.avfilter_graph_config(graph, null), "preparing the palette");
        return new PaletteFilter(avfilter.avfilter_graph_get_filter(graph, "buffer@in"),
                avfilter.avfilter_graph_get_filter(graph, "buffersink@out"), scope.frame());
    }

    /** Takes the next frame; the filter keeps a reference to its pixels. */
    void add(AVFrame bgra) {
        check(avfilter.av_buffersrc_add_frame_flags(in, bgra, avfilter.AV_BUFFERSRC_FLAG_KEEP_REF),
                "finding the palette");
    }

    /** Gives all frames, once the last was added. */
    void drain(FrameFeed.FrameSink sink) throws IOException {
        check(avfilter.av_buffersrc_add_frame_flags(in, null, 0), "finding the palette");
        while (true) {
            int code = avfilter.av_buffersink_get_frame(out, frame);
            if (code == avutil.AVERROR_EOF()) return;
            check(code, "applying the palette");
            try {
                sink.accept(frame);
            } finally {
                avutil.av_frame_unref(frame);
            }
        }
    }
}
