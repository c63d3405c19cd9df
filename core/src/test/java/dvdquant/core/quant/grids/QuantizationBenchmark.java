package dvdquant.core.quant.grids;

import dvdquant.core.format.BFloat16;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.TokenQuantizer;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightExpansion;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.testing.Seeds;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;

/** Times the stages of quantizing on one thread: {@code main} prints nanoseconds a weight. Not run by the build. */
final class QuantizationBenchmark {
    private static final int ROWS = 64;
    private static final int REPETITIONS = 12;
    private static final long WARM_UP_NANOS = 300_000_000;

    private QuantizationBenchmark() {}

    public static void main(String[] arguments) {
        for (int columns : new int[]{1536, 1536, 5120, 8960, 13824}) {
            weights(columns);
            packing(columns);
            activations(columns);
        }
    }

    private static void weights(int columns) {
        float[] source = Seeds.gaussian(1, ROWS * columns);
        float[] row = new float[columns];
        HadamardRotation rotation = new Rotation.Blocks(128, 0).forColumns(columns);
        report("copy", columns, i -> copy(source, i, row));
        report("rotate", columns, i -> rotation.rotate(copy(source, i, row), 0));
        for (GroupSize group : List.of(new GroupSize.WholeRow(), new GroupSize.Multiples(64), new GroupSize.Free(64))) {
            for (Rounding rounding : List.of(Rounding.MINMAX, Rounding.BOUNDED, Rounding.BGR)) {
                var scheme = new WeightScheme(new CodeRange(4), rounding, group, new Rotation.Blocks(128, 0));
                var quantizer = new RowQuantizer(columns, scheme);
                report("rotate + " + rounding + " " + group, columns, i -> quantizer.quantize(copy(source, i, row), 0));
            }
        }
    }

    private static void packing(int columns) {
        float[] source = Seeds.gaussian(1, ROWS * columns);
        var bf16 = MemorySegment.ofArray(new short[ROWS * columns]);
        for (int i = 0; i < source.length; i++) {
            bf16.setAtIndex(ValueLayout.JAVA_SHORT, i, BFloat16.fromFloat(source[i]));
        }
        float[] row = new float[columns];
        long bytes = 2L * columns;
        report("bf16 to f32", columns,
                i -> BFloat16.toFloats(bf16.asSlice(i * bytes, bytes), row, 0));
        try (Arena arena = Arena.ofConfined()) {
            for (GroupSize group : List.of(new GroupSize.WholeRow(), new GroupSize.Multiples(64))) {
                var scheme = new WeightScheme(new CodeRange(4), Rounding.BGR, group, new Rotation.Blocks(128, 0));
                PackedWeight weight = PackedWeight.allocate(arena, ROWS, columns, scheme);
                var quantizer = new RowQuantizer(columns, scheme);
                QuantizedRow quantized = quantizer.quantize(copy(source, 0, row), 0);
                report("pack " + group, columns, i -> weight.store(i, quantized));
                report("bf16, rotate, BGR, pack " + group, columns, i -> {
                    BFloat16.toFloats(bf16.asSlice(i * bytes, bytes), row, 0);
                    weight.store(i, quantizer.quantize(row, 0));
                });
                MemorySegment expanded = arena.allocate((long) ROWS * columns);
                var expansion = new WeightExpansion(columns, scheme.range());
                report("expand to s8 " + group, columns, i -> {
                    weight.loadGrids(i, quantized);
                    expansion.expandRow(weight.codes(), i * columns / 2, quantized.zeroPoints(),
                            quantized.multipliers(),
                            expanded, (long) i * columns);
                });
            }
        }
    }

    private static void activations(int columns) {
        float[] source = Seeds.gaussian(1, ROWS * columns);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment codes = arena.allocate((long) ROWS * columns);
            MemorySegment tokens = arena.allocateFrom(ValueLayout.JAVA_FLOAT, source);
            for (Rotation by : List.of(new Rotation.None(), new Rotation.Blocks(128, 0))) {
                HadamardRotation rotation = by.forColumns(columns);
                var a8 = new TokenQuantizer(rotation, new ActivationRange(8), new ActivationScales.PerToken());
                var a4 = new TokenQuantizer(rotation, new ActivationRange(4),
                        new ActivationScales.PerTokenBlockInteger(128));
                report("activations A8 per token, " + by, columns,
                        i -> a8.quantize(tokens, 4L * i * columns, codes, (long) i * columns));
                report("activations A4 per token and block, " + by, columns,
                        i -> a4.quantize(tokens, 4L * i * columns, codes, (long) i * columns));
            }
        }
    }

    private static float[] copy(float[] source, int i, float[] row) {
        System.arraycopy(source, i * row.length, row, 0, row.length);
        return row;
    }

    private interface RowWork {
        void run(int row);
    }

    private static void report(String name, int columns, RowWork work) {
        for (long begin = System.nanoTime(), i = 0; System.nanoTime() - begin < WARM_UP_NANOS; i++) {
            work.run((int) (i % ROWS));
        }
        long best = Long.MAX_VALUE;
        for (int repetition = 0; repetition < REPETITIONS; repetition++) {
            long start = System.nanoTime();
            for (int row = 0; row < ROWS; row++) {
                work.run(row);
            }
            best = Math.min(best, System.nanoTime() - start);
        }
        System.out.printf("%6d columns  %-44s %7.3f ns a weight%n", columns, name, (double) best / ROWS / columns);
    }
}
