package dvdquant.core.format;

import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/** How elements lie in files and in our segments: little-endian, at any address. */
final class LittleEndian {
    static final ByteOrder ORDER = ByteOrder.LITTLE_ENDIAN;
    static final ValueLayout.OfShort SHORT = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ORDER);
    static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ORDER);

    private LittleEndian() {}
}
