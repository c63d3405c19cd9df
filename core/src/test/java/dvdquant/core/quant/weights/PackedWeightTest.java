package dvdquant.core.quant.weights;

import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class PackedWeightTest {
    @ParameterizedTest
    @ValueSource(ints = {2, 3, 4, 5, 6, 7, 8})
    void rowsComeBackAndExpand(int bits) {
        for (int columns : new int[]{1, 13, 130, 702, 1536}) {
            for (GroupSize group : List.of(new GroupSize.WholeRow(), new GroupSize.Multiples(64),
                    new GroupSize.Multiples(13),
                    new GroupSize.Free(2))) {
                if (columns % group.columnsOf(columns) != 0) continue;
                check(columns, new WeightScheme(new CodeRange(bits), Rounding.BGR, group, new Rotation.None()));
            }
        }
    }

    private static void check(int columns, WeightScheme scheme) {
        int rows = 3;
        var quantizer = new RowQuantizer(columns, scheme);
        var expansion = new WeightExpansion(columns, scheme.range());
        try (Arena arena = Arena.ofConfined()) {
            PackedWeight weight = PackedWeight.allocate(arena, rows, columns, scheme);
            for (int row = 0; row < rows; row++) {
                weight.store(row, quantizer.quantize(Seeds.gaussian(row, columns), 0));
            }
            for (int row = 0; row < rows; row++) {
                QuantizedRow expected = quantizer.quantize(Seeds.gaussian(row, columns), 0);
                var loaded = new QuantizedRow(columns, scheme);
                weight.load(row, loaded);
                assertThat(loaded.codes()).isEqualTo(expected.codes());
                assertThat(loaded.scales()).isEqualTo(expected.scales());
                assertThat(loaded.zeroPoints()).isEqualTo(expected.zeroPoints());
                assertThat(loaded.multipliers()).isEqualTo(expected.multipliers());
                long rowBytes = weight.codes().byteSize() / rows;
                byte[] expanded = new byte[columns + 2];
                expansion.expandRow(weight.codes(), row * rowBytes, loaded.zeroPoints(), loaded.multipliers(),
                        MemorySegment.ofArray(expanded), 1);
                for (int k = 0; k < columns; k++) {
                    int g = k / expected.groupColumns();
                    assertThat((int) expanded[1 + k]).isEqualTo(expected.multipliers()[g]
                            * (Byte.toUnsignedInt(expected.codes()[k]) - Byte.toUnsignedInt(expected.zeroPoints()[g])));
                }
            }
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {1536, 5120})
    void takesLittleMoreThanAQuarterOfBFloat16(int columns) {
        var scheme = new WeightScheme(new CodeRange(4), Rounding.BGR, new GroupSize.Multiples(64),
                new Rotation.Blocks(128, 0));
        try (Arena arena = Arena.ofConfined()) {
            PackedWeight weight = PackedWeight.allocate(arena, 256, columns, scheme);
            assertThat(weight.sizeBytes() / (256.0 * columns * 2)).isLessThan(0.27);
            weight.store(255, new RowQuantizer(columns, scheme).quantize(Seeds.gaussian(1, columns), 0));
            assertThat(weight.zeroPoints().get(ValueLayout.JAVA_BYTE, 0)).isZero();
        }
    }
}
