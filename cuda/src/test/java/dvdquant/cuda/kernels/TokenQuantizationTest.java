package dvdquant.cuda.kernels;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.cuda.driver.KernelSource;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class TokenQuantizationTest {
    private static KernelSource source(int block) {
        return TokenQuantization.source(6144, ElementType.BF16, 0, 128,
                new ActivationScheme(new ActivationRange(4), new ActivationScales.PerTokenBlockInteger(block)));
    }

    @ParameterizedTest
    @ValueSource(ints = {8, 128, 1024})
    void blocksOfMultipliersAreMacros(int block) {
        assertThat(source(block).macros()).containsEntry("MULTIPLIER_BLOCK", String.valueOf(block));
    }

    /** Before the compiler finds out. */
    @ParameterizedTest
    @ValueSource(ints = {4, 96, 2048})
    void otherBlocksAreRefused(int block) {
        assertThatThrownBy(() -> source(block)).isInstanceOf(InputException.class)
                .hasMessage("activation scales 'token-block-integer:" + block
                        + "', expected blocks of a power of two from 8 to 1024 channels on a GPU");
    }
}
