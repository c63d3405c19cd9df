package dvdquant.models.weights;

import dvdquant.core.quant.ActivationRule;
import dvdquant.core.quant.WeightScheme;
import org.junit.jupiter.api.Test;

import java.util.Optional;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;

final class QuantizedFormatTest {
    /** Two runs that quantize alike write the same bytes. */
    @Test
    void keysHaveAnOrder() {
        var format = new QuantizedFormat("dvd-quant", WeightScheme.DEFAULT, ActivationRule.DEFAULT, Optional.empty(), 0,
                Set.of("b", "a"));
        assertThat(format.toJson()).hasToString("{quant_method=dvdquant, version=1, method=dvd-quant, "
                + "weights={bits=4, symmetric=false, rounding=bgr, group_size=64, rotation={block=128, seed=0}}, "
                + "activations={scales=token-block-integer:128, clip=least-error}, layers=[a, b]}");
    }
}
