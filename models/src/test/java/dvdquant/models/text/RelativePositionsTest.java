package dvdquant.models.text;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;

class RelativePositionsTest {
    /** 32 buckets up to a distance of 128: values of T5's formula, computed by hand. */
    @ParameterizedTest
    @CsvSource({"0, 0", "-1, 1", "-7, 7", "-8, 8", "-11, 8", "-12, 9", "-16, 10", "-64, 14", "-91, 15", "-500, 15",
            "1, 17", "7, 23",
            "8, 24", "16, 26", "500, 31"})
    void bucketsOfKeysBehindAndAhead(int offset, long bucket) {
        int length = 600;
        int query = offset < 0 ? length - 1 : 0;
        assertThat(RelativePositions.buckets(length, 32, 128)[query * length + query + offset]).isEqualTo(bucket);
    }
}
