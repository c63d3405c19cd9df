package dvdquant.cuda.kernels;

import dvdquant.cuda.kernels.IntegerProduct.Form;
import dvdquant.cuda.weights.CudaQuantizedWeights.PackedForm;
import dvdquant.cuda.weights.PackedParts;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class IntegerProductTest {
    /** Four-bit tensor cores take what has 4 bits on both sides, and no multipliers. */
    @ParameterizedTest
    @CsvSource({"true, 4, 4, 1, S8_WARPGROUPS", "false, 4, 4, 1, S4_MMA", "false, 3, 4, 1, S4_MMA",
            "false, 8, 4, 1, S8_MMA", "false, 4, 4, 24, S8_MMA", "false, 4, 8, 1, S8_MMA", "false, 4, 3, 1, S8_MMA"})
    void choosesTheKernel(boolean warpgroups, int activationBits, int weightBits, int groups, Form form) {
        var weights = new PackedForm(weightBits, groups, false, new PackedParts(List.of()));
        assertThat(IntegerProduct.form(warpgroups, activationBits, weights)).isEqualTo(form);
    }
}
