package dvdquant.tensor.cpu.rows;

import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.ActivationEmulator;
import dvdquant.core.quant.activations.ActivationScales;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.activations.TokenQuantizer;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.tensor.QuantizedRows;
import dvdquant.tensor.Tensor;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.function.Supplier;

/** Rotates and quantizes the activations that a source gives, row by row: each stays in the first-level cache on the way, and in f32. */
public final class ActivationRows {
    private final RowPasses passes;
    private final HadamardRotation rotation;
    private final ActivationScheme scheme;
    private final long tokens;
    private final Supplier<RowSource> sources;

    /** @param sources of the tokens, of as many channels as the rotation has columns */
    public ActivationRows(RowPasses passes, long tokens, Supplier<RowSource> sources, HadamardRotation rotation,
            ActivationScheme scheme) {
        this.passes = passes;
        this.tokens = tokens;
        this.sources = sources;
        this.rotation = rotation;
        this.scheme = scheme;
    }

    public QuantizedRows quantize() {
        int width = rotation.columns();
        Tensor codes = Tensor.empty(ElementType.I8, tokens, width);
        Tensor scales = Tensor.empty(ElementType.F32, tokens);
        MemorySegment to = codes.segment();
        MemorySegment scaleMemory = scales.segment();
        boolean shared = scheme.scales() instanceof ActivationScales.PerTensor;
        float[] magnitudes = shared ? sharedMagnitudes() : null;
        passes.forEach(tokens, width, () -> {
            var quantizer = new TokenQuantizer(rotation, scheme);
            RowSource source = sources.get();
            return (row, token) -> {
                source.read(row, token);
                float scale = shared
                        ? quantizer.quantize(row, magnitudes[0], to, token * width)
                        : quantizer.quantize(row, to, token * width);
                scaleMemory.setAtIndex(ValueLayout.JAVA_FLOAT, token, scale);
            };
        });
        return new QuantizedRows(codes, scales, scheme.storedBits());
    }

    /** [tokens, channels], F32: what the codes stand for, at any granularity. */
    public Tensor emulate() {
        int width = rotation.columns();
        float[] magnitudes = sharedMagnitudes();
        Tensor result = Tensor.empty(ElementType.F32, tokens, width);
        passes.write(result, () -> {
            var emulator = new ActivationEmulator(rotation, scheme);
            RowSource source = sources.get();
            return (row, token) -> {
                source.read(row, token);
                emulator.apply(row, magnitudes);
            };
        });
        return result;
    }

    /** What all tokens share of the magnitudes that scales are made of: a maximum, which no order of the tasks changes. */
    private float[] sharedMagnitudes() {
        var shared = new float[new ActivationEmulator(rotation, scheme).sharedMagnitudes()];
        if (shared.length == 0) return shared;
        passes.forEach(tokens, rotation.columns(), () -> {
            var emulator = new ActivationEmulator(rotation, scheme);
            RowSource source = sources.get();
            var own = new float[shared.length];
            return (row, token) -> {
                source.read(row, token);
                emulator.gather(row, own);
                synchronized (shared) {
                    for (int i = 0; i < own.length; i++) {
                        shared[i] = Math.max(shared[i], own[i]);
                    }
                }
            };
        });
        return shared;
    }
}
