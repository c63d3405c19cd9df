package dvdquant.video;

import dvdquant.core.video.Video;
import dvdquant.video.ffmpeg.FfmpegException;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avformat.AVFormatContext;
import org.bytedeco.ffmpeg.avformat.AVStream;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.avutil.AVRational;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.BytePointer;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;

/** Gathers decoded frames as RGB. */
final class FrameCollector {
    private final NativeScope scope;
    private final List<byte[]> frames = new ArrayList<>();
    private AVFrame rgb;
    private RgbConverter converter;
    private int format;
    private long firstTime;
    private long lastTime;

    FrameCollector(NativeScope scope) {
        this.scope = scope;
    }

    static FfmpegException cutShort() {
        return new FfmpegException("it is damaged or cut short");
    }

    void add(AVFrame frame) {
        if (frame.decode_error_flags() != 0 || (frame.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0) throw cutShort();
        if (converter == null) {
            rgb = scope.frame(frame.width(), frame.height(), avutil.AV_PIX_FMT_RGB24);
            converter = new RgbConverter(scope, frame);
            format = frame.format();
            firstTime = frame.best_effort_timestamp();
        }
        if (frame.width() != rgb.width() || frame.height() != rgb.height() || frame.format() != format) {
            throw new FfmpegException("its frames change their size or format");
        }
        long total = (frames.size() + 1L) * 3 * rgb.width() * rgb.height();
        if (total > Runtime.getRuntime().maxMemory() / 2) {
            throw new FfmpegException("its frames take more than half of the memory that Java may use");
        }
        lastTime = frame.best_effort_timestamp();
        converter.convert(frame, rgb);
        frames.add(copy());
    }

    private byte[] copy() {
        int rowBytes = 3 * rgb.width();
        var pixels = new byte[Math.multiplyExact(rowBytes, rgb.height())];
        BytePointer rows = rgb.data(0);
        for (int y = 0; y < rgb.height(); y++) {
            rows.position((long) y * rgb.linesize(0)).get(pixels, y * rowBytes, rowBytes);
        }
        return pixels;
    }

    Clip clip(AVFormatContext container, AVStream stream) {
        if (frames.isEmpty()) throw new FfmpegException("it holds no frames");
        if (stream.nb_frames() > frames.size()) throw cutShort();
        OptionalInt fps = switch (container.iformat().name().getString()) {
            case "png_pipe" -> OptionalInt.empty();
            // States delays in hundredths of a second only, from which ffmpeg's estimate is off.
            case "gif" -> frames.size() > 1 ? rounded(rateOfTimes(stream.time_base())) : rounded(statedRate(stream));
            default -> rounded(statedRate(stream) > 0 ? statedRate(stream) : rateOfTimes(stream.time_base()));
        };
        return new Clip(new Video(rgb.width(), rgb.height(), frames), fps);
    }

    private static double statedRate(AVStream stream) {
        AVRational rate = stream.avg_frame_rate();
        return rate.den() == 0 ? 0 : (double) rate.num() / rate.den();
    }

    private double rateOfTimes(AVRational base) {
        if (lastTime <= firstTime) return 0;
        return (frames.size() - 1) * (double) base.den() / ((lastTime - firstTime) * (double) base.num());
    }

    private static OptionalInt rounded(double rate) {
        long whole = Math.round(rate);
        return whole < 1 || whole > 1000 ? OptionalInt.empty() : OptionalInt.of((int) whole);
    }
}
