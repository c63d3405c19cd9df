package dvdquant.models.testing;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** How near frames of 8-bit colors are to others. */
public final class GrayLevels {
    private GrayLevels() {}

    /**
     * @param frames one after the other as many values as are expected
     * @return the share of their values that differ by one level at most
     */
    public static double withinOne(List<byte[]> frames, byte[] expected) {
        long close = 0;
        int at = 0;
        for (byte[] frame : frames) {
            for (byte value : frame) {
                if (Math.abs((value & 0xff) - (expected[at++] & 0xff)) <= 1) close++;
            }
        }
        assertThat(at).isEqualTo(expected.length);
        return (double) close / at;
    }
}
