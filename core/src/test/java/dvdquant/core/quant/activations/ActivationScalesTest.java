package dvdquant.core.quant.activations;

import dvdquant.core.InputException;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class ActivationScalesTest {
    @ParameterizedTest
    @CsvSource({"tensor,tensor", "token,token", "channel,channel", "channel-token,channel-token", "block,block:128",
            "block:64,block:64", "token-block:7,token-block:7", "token-block-integer,token-block-integer:128"})
    void readsWhatItWrites(String text, String whole) {
        ActivationScales scales = ActivationScales.parse(text);
        assertThat(scales.text()).isEqualTo(whole);
        assertThat(ActivationScales.parse(whole)).isEqualTo(scales);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "tokens", "token:64", "block:0", "block:-1", "block:", "block:9999999999", "block:1:2"})
    void refusesAnythingElse(String text) {
        assertThatThrownBy(() -> ActivationScales.parse(text)).isInstanceOf(InputException.class)
                .hasMessageContaining("'" + text + "', expected tensor, token,");
    }
}
