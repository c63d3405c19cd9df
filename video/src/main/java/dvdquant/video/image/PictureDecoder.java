package dvdquant.video.image;

import dvdquant.core.image.ImageSize;
import dvdquant.core.image.RgbImage;
import dvdquant.video.ffmpeg.FfmpegException;
import dvdquant.video.ffmpeg.NativeScope;
import org.bytedeco.ffmpeg.avcodec.AVCodec;
import org.bytedeco.ffmpeg.avcodec.AVCodecContext;
import org.bytedeco.ffmpeg.avcodec.AVPacket;
import org.bytedeco.ffmpeg.avutil.AVFrame;
import org.bytedeco.ffmpeg.global.avcodec;

import java.io.IOException;
import java.util.Map;

import static dvdquant.video.ffmpeg.NativeScope.check;

/** Has ffmpeg decode one picture. */
final class PictureDecoder {
    private static final Map<String, String> OPTIONS = Map.of("max_pixels", Long.toString(ImageFile.MAX_PIXELS),
            "err_detect", "crccheck+bitstream+buffer+explode", "threads", "1");

    /** Takes the pixels out of a frame, which is valid during the call only. */
    interface FrameReader {
        RgbImage read(AVFrame frame) throws IOException;
    }

    private PictureDecoder() {}

    /**
     * @param file what the codec takes as one packet
     * @param size what its header says
     * @throws FfmpegException if it cannot be decoded
     */
    static RgbImage decode(int codecId, byte[] file, ImageSize size, FrameReader reader) throws IOException {
        try (var scope = new NativeScope()) {
            AVCodec codec = avcodec.avcodec_find_decoder(codecId);
            if (codec == null) throw new FfmpegException("this build of ffmpeg cannot decode it");
            AVCodecContext decoder = scope.own(avcodec.avcodec_alloc_context3(codec), avcodec::avcodec_free_context);
            check(avcodec.avcodec_open2(decoder, codec, scope.options(OPTIONS)), "opening the decoder");
            AVPacket packet = scope.own(avcodec.av_packet_alloc(), avcodec::av_packet_free);
            check(avcodec.av_new_packet(packet, file.length), "allocating " + file.length + " bytes");
            packet.data().put(file);
            check(avcodec.avcodec_send_packet(decoder, packet), "decoding it");
            check(avcodec.avcodec_send_packet(decoder, null), "decoding it");
            AVFrame frame = scope.frame();
            check(avcodec.avcodec_receive_frame(decoder, frame), "decoding it");
            if (frame.decode_error_flags() != 0 || (frame.flags() & AVFrame.AV_FRAME_FLAG_CORRUPT) != 0) {
                throw new IOException("it is damaged");
            }
            if (frame.width() != size.width() || frame.height() != size.height()) {
                throw new IOException(
                        "it holds " + frame.width() + "×" + frame.height() + " pixels, its header says " + size);
            }
            return reader.read(frame);
        }
    }
}
