package dvdquant.video;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Finds files that were cut short where ffmpeg reads what is left without a word. */
final class Completeness {
    /** Chunks with text may come before the one that says that a PNG is animated. */
    private static final int PNG_HEAD = 1 << 16;
    private static final long SEGMENT_ID = 0x18538067L;

    private Completeness() {}

    /** Throws if the file ends before its format's end mark. */
    static void check(Path path, VideoFormat format) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            boolean complete = switch (format) {
                case GIF -> tail(file, 1).equals(";");
                case APNG, FRAMES -> tail(file, 8).startsWith("IEND");
                case WEBM -> segmentEnd(file) <= file.length();
                // MP4's index counts the frames, which are counted again when read.
                case MP4, WEBP -> true;
            };
            if (!complete) throw FrameCollector.cutShort();
        }
    }

    static boolean isAnimatedPng(Path path) throws IOException {
        try (var file = new RandomAccessFile(path.toFile(), "r")) {
            return text(file, 0, PNG_HEAD).contains("acTL");
        }
    }

    private static String tail(RandomAccessFile file, int length) throws IOException {
        return text(file, Math.max(0, file.length() - length), length);
    }

    private static String text(RandomAccessFile file, long from, int length) throws IOException {
        var bytes = new byte[(int) Math.min(length, file.length() - from)];
        file.seek(from);
        file.readFully(bytes);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    /** WebM is a header element and a segment element, each an id, a size and that many bytes; 0 if the size is not known. */
    private static long segmentEnd(RandomAccessFile file) throws IOException {
        if (file.length() < 64) return Long.MAX_VALUE;
        file.seek(4);
        long headerSize = size(file);
        if (headerSize < 0 || headerSize > file.length() - 32) return Long.MAX_VALUE;
        file.seek(file.getFilePointer() + headerSize);
        if ((file.readInt() & 0xFFFF_FFFFL) != SEGMENT_ID) return 0;
        long segmentSize = size(file);
        return segmentSize < 0 ? 0 : file.getFilePointer() + segmentSize;
    }

    /** A number whose leading zero bits count its further bytes; −1 if all its value bits are set, which means unknown. */
    private static long size(RandomAccessFile file) throws IOException {
        int first = file.readUnsignedByte();
        int more = Integer.numberOfLeadingZeros(first) - 24;
        if (more > 7) return -1;
        long value = first & (0x7F >> more);
        for (int i = 0; i < more; i++) {
            value = value << 8 | file.readUnsignedByte();
        }
        return value == (1L << 7 * (more + 1)) - 1 ? -1 : value;
    }
}
