package dvdquant.core.format;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How elements lie in files and in our segments: little-endian, at any address. */
public final class LittleEndian {
    /** The lowest byte first. */
    public static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    /** Of 16 bits. */
    public static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    /** Of 32 bits. */
    public static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    /** Of 64 bits. */
    public static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);

    private LittleEndian() {}
}
