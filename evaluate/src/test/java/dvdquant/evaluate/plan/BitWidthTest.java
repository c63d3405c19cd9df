package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.models.pipeline.BitPlan;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BitWidthTest {
    @Test
    void readsAListInItsOrder() {
        assertThat(BitWidth.parse("w4a4, W4A6,w8a16")).containsExactly(new BitWidth(4, 4), new BitWidth(4, 6),
                new BitWidth(8, 16)).map(BitWidth::toString).containsExactly("W4A4", "W4A6", "W8A16");
    }

    @Test
    void sixBitsAreAnAverageAndNoCode() {
        assertThat(new BitWidth(4, 6).toActivations()).isEqualTo(new BitPlan.Average(6));
        assertThat(new BitWidth(4, 4).toActivations()).isEqualTo(new BitPlan.Fixed(4));
        assertThat(new BitWidth(4, 8).toActivations()).isEqualTo(new BitPlan.Fixed(8));
        assertThat(new BitWidth(4, 16).toActivations()).isEqualTo(new BitPlan.Full());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', textBlock = """
            ''        | ''
            w4        | 'w4'
            w4a3      | 'w4a3'
            w9a8      | 'w9a8'
            w4a4,     | ''
            w4a4,W4A4 | W4A4 twice
            """)
    void namesWhatItCannotRead(String list, String named) {
        assertThatThrownBy(() -> BitWidth.parse(list)).isInstanceOf(InputException.class)
                .hasMessageStartingWith("--bits " + list + ": ").hasMessageContaining(named);
    }
}
