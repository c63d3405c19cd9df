package dvdquant.video.ffmpeg;

import org.bytedeco.ffmpeg.avutil.AVDictionary;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avutil;
import org.bytedeco.javacpp.Pointer;

import java.nio.charset.StandardCharsets;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Map;
import java.util.function.Consumer;

/** Owns ffmpeg's objects and frees them in reverse order, on error too. The garbage collector does not know their size. */
public final class NativeScope implements AutoCloseable {
    private final Deque<Runnable> frees = new ArrayDeque<>();

    /** Opens a scope with ffmpeg loaded and silent: what fails is told by return codes. */
    public NativeScope() {
        avutil.av_log_set_level(avutil.AV_LOG_QUIET);
    }

    /** Takes over an object just allocated. */
    public <P extends Pointer> P own(P pointer, Consumer<P> free) {
        if (pointer == null || pointer.isNull()) throw new FfmpegException("ffmpeg could not allocate memory");
        frees.push(() -> free.accept(pointer));
        return pointer;
    }

    /** A frame without pixels. */
    public AVFrame frame() {
        return own(avutil.av_frame_alloc(), avutil::av_frame_free);
    }

    /** A frame with its own pixels. */
    public AVFrame frame(int width, int height, int pixelFormat) {
        AVFrame frame = frame().width(width).height(height).format(pixelFormat);
        check(avutil.av_frame_get_buffer(frame, 0), "allocating a frame of " + width + "×" + height);
        return frame;
    }

    /** Options to pass to a call, which takes out those it knows. */
    public AVDictionary options(Map<String, String> values) {
        var options = new AVDictionary(null);
        frees.push(() -> avutil.av_dict_free(options));
        values.forEach((key, value) -> check(avutil.av_dict_set(options, key, value, 0), "setting " + key));
        return options;
    }

    /** Turns a failing return code into an exception with ffmpeg's own words. */
    public static int check(int code, String doing) {
        if (code >= 0) return code;
        var text = new byte[256];
        avutil.av_strerror(code, text, text.length);
        int length = 0;
        while (length < text.length && text[length] != 0) {
            length++;
        }
        String reason = new String(text, 0, length, StandardCharsets.UTF_8);
        throw new FfmpegException(doing + " failed (" + reason + ")");
    }

    @Override
    public void close() {
        while (!frees.isEmpty()) {
            frees.pop().run();
        }
    }
}
