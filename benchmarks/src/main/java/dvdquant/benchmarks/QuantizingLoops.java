package dvdquant.benchmarks;

import dvdquant.core.format.BFloat16;
import dvdquant.core.quant.activations.ActivationRange;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.TokenQuantizer;
import dvdquant.core.quant.grids.RowQuantizer;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightExpansion;
import dvdquant.core.quant.weights.WeightScheme;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;

/** The core's loops, each over one row on one thread: what quantizing weights and activations is made of. */
@State(Scope.Thread)
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
public class QuantizingLoops {
    private static final int ROWS = 64;
    private static final Rotation BLOCKS = new Rotation.Blocks(128, 0);

    /** Of a row: widths of Wan2.1. */
    @Param({"1536", "5120", "8960", "13824"})
    int columns;

    /** Weights that share a grid: {@code row}, {@code multiples} of 64 or {@code free} 64. */
    @Param({"row", "multiples", "free"})
    String group;

    private final Arena arena = Arena.ofAuto();
    private int row;
    private float[] source;
    private float[] values;
    private MemorySegment bf16;
    private MemorySegment tokens;
    private MemorySegment codes;
    private HadamardRotation rotation;
    private RowQuantizer minmax;
    private RowQuantizer bounded;
    private RowQuantizer refined;
    private PackedWeight packed;
    private QuantizedRow quantized;
    private WeightExpansion expansion;
    private TokenQuantizer a8;
    private TokenQuantizer a4;

    /** Makes normally distributed values, and all that works on them. */
    @Setup
    public void prepare() {
        var random = new SplittableRandom(1);
        source = new float[ROWS * columns];
        for (int i = 0; i < source.length; i++) {
            source[i] = (float) random.nextGaussian();
        }
        values = new float[columns];
        bf16 = arena.allocate(2L * source.length, Short.BYTES);
        for (int i = 0; i < source.length; i++) {
            bf16.setAtIndex(ValueLayout.JAVA_SHORT, i, BFloat16.fromFloat(source[i]));
        }
        tokens = arena.allocateFrom(ValueLayout.JAVA_FLOAT, source);
        codes = arena.allocate(source.length);
        rotation = BLOCKS.forColumns(columns);
        minmax = new RowQuantizer(columns, scheme(Rounding.MINMAX));
        bounded = new RowQuantizer(columns, scheme(Rounding.BOUNDED));
        refined = new RowQuantizer(columns, scheme(Rounding.BGR));
        if (!group.equals("free")) packed = PackedWeight.allocate(arena, ROWS, columns, scheme(Rounding.BGR));
        quantized = refined.quantize(next(), 0);
        if (packed != null) packed.store(0, quantized);
        expansion = new WeightExpansion(columns, new CodeRange(4));
        a8 = new TokenQuantizer(rotation, new ActivationRange(8), new ActivationScales.PerToken());
        a4 = new TokenQuantizer(rotation, new ActivationRange(4), new ActivationScales.PerTokenBlockInteger(128));
    }

    private WeightScheme scheme(Rounding rounding) {
        GroupSize size = switch (group) {
            case "row" -> new GroupSize.WholeRow();
            case "multiples" -> new GroupSize.Multiples(64);
            default -> new GroupSize.Free(64);
        };
        return new WeightScheme(new CodeRange(4), rounding, size, BLOCKS);
    }

    private float[] next() {
        row = (row + 1) % ROWS;
        System.arraycopy(source, row * columns, values, 0, columns);
        return values;
    }

    /** What all others do first. */
    @Benchmark
    public float[] copy() {
        return next();
    }

    @Benchmark
    public float[] rotate() {
        rotation.rotate(next(), 0);
        return values;
    }

    @Benchmark
    public QuantizedRow minmax() {
        return minmax.quantize(next(), 0);
    }

    @Benchmark
    public QuantizedRow bounded() {
        return bounded.quantize(next(), 0);
    }

    @Benchmark
    public QuantizedRow refined() {
        return refined.quantize(next(), 0);
    }

    /** As a checkpoint's row goes: from bf16 to packed codes. */
    @Benchmark
    public void wholeRow() {
        row = (row + 1) % ROWS;
        BFloat16.toFloats(bf16.asSlice(2L * row * columns, 2L * columns), values, 0);
        QuantizedRow result = refined.quantize(values, 0);
        if (packed != null) packed.store(row, result);
    }

    @Benchmark
    public void expand() {
        if (packed == null) return;
        packed.loadGrids(0, quantized);
        expansion.expandRow(packed.codes(), 0, quantized.zeroPoints(), quantized.multipliers(), codes, 0);
    }

    @Benchmark
    public void activations8() {
        row = (row + 1) % ROWS;
        a8.quantize(tokens, 4L * row * columns, codes, (long) row * columns);
    }

    @Benchmark
    public void activations4() {
        row = (row + 1) % ROWS;
        a4.quantize(tokens, 4L * row * columns, codes, (long) row * columns);
    }
}
