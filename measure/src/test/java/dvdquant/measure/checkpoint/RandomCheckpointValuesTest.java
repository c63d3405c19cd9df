package dvdquant.measure.checkpoint;

import dvdquant.core.format.BFloat16;
import dvdquant.core.format.ElementType;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class RandomCheckpointValuesTest {
    private static final int COUNT = 1 << 20;

    @ParameterizedTest
    @CsvSource({"BF16, 0", "F32, 0", "F32, 1", "BF16, 1"})
    void valuesAreNormallyDistributed(ElementType type, double mean) {
        double[] values = values(type, mean);
        double sum = 0;
        for (double value : values) {
            sum += value;
        }
        double squares = 0;
        double fourths = 0;
        double neighbours = 0;
        int within1 = 0;
        for (int i = 0; i < COUNT; i++) {
            double z = (values[i] - mean) / 0.02;
            squares += z * z;
            fourths += z * z * z * z;
            neighbours += z * (values[(i + 1) % COUNT] - mean) / 0.02;
            if (Math.abs(z) < 1) within1++;
        }
        assertThat(sum / COUNT).isEqualTo(mean, within(1e-4)); // 5 standard errors
        assertThat(neighbours / COUNT).isEqualTo(0, within(5e-3));
        if (type == ElementType.BF16 && mean == 1) return; // its steps near 1 are a third of the deviation
        assertThat(squares / COUNT).isEqualTo(1, within(8e-3));
        assertThat(fourths / COUNT).isEqualTo(3, within(6e-2));
        assertThat((double) within1 / COUNT).isEqualTo(0.6827, within(4e-3));
    }

    private static double[] values(ElementType type, double mean) {
        var table = new NormalTable(type, mean, 0.02);
        try (var arena = Arena.ofConfined()) {
            MemorySegment memory = arena.allocate((long) COUNT * type.sizeBytes());
            table.fill(memory, 99, 0);
            var values = new double[COUNT];
            for (int i = 0; i < COUNT; i++) {
                values[i] = type == ElementType.F32
                        ? memory.getAtIndex(ValueLayout.JAVA_FLOAT, i)
                        : BFloat16.toFloat(memory.getAtIndex(ValueLayout.JAVA_SHORT, i));
            }
            return values;
        }
    }

    @ParameterizedTest
    @CsvSource({"BF16, 1", "BF16, 7", "F32, 3", "F32, 4098", "BF16, 2046"})
    void partsOfAStreamAreThoseOfTheWhole(ElementType type, int count) {
        var table = new NormalTable(type, 0, 0.02);
        int size = type.sizeBytes();
        MemorySegment whole = MemorySegment.ofArray(new byte[(count + 100) * size]);
        table.fill(whole, 5, 0);
        MemorySegment part = MemorySegment.ofArray(new byte[count * size]);
        table.fill(part, 5, 8);
        assertThat(whole.asSlice(8L * size, (long) count * size).mismatch(part)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"BF16, 1", "BF16, 7", "F32, 3", "F32, 4098", "BF16, 2046"})
    void rowsAreThoseOfTheWhole(ElementType type, int count) {
        var table = new NormalTable(type, 1, 0.02);
        MemorySegment whole = MemorySegment.ofArray(new byte[(count + 11) * type.sizeBytes()]);
        table.fill(whole, 5, 0);
        var row = new float[count + 1];
        for (int first = 0; first <= 11; first++) { // rows begin anywhere
            table.read(row, count, 5, first);
            for (int i = 0; i < count; i++) {
                assertThat(row[i]).isEqualTo(type == ElementType.F32
                        ? whole.get(ValueLayout.JAVA_FLOAT_UNALIGNED, (first + i) * 4L)
                        : BFloat16.toFloat(whole.get(ValueLayout.JAVA_SHORT_UNALIGNED, (first + i) * 2L)));
            }
        }
    }

    @Test
    void gainsAreTheWeightsOfNorms() {
        assertThat(new String[]{"blocks.0.attn1.norm_q.weight", "blocks.0.norm2.weight",
                "encoder.block.0.layer.0.layer_norm.weight", "encoder.final_layer_norm.weight",
                "decoder.norm_out.gamma", "decoder.mid_block.attentions.0.norm.gamma"})
                .allMatch(RandomTensors::isGain);
        assertThat(new String[]{"blocks.0.norm2.bias", "blocks.0.attn1.to_q.weight", "scale_shift_table",
                "transformer_blocks.0.norm1.linear.weight"})
                .noneMatch(RandomTensors::isGain);
    }
}
