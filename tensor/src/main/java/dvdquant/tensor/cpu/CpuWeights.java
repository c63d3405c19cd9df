package dvdquant.tensor.cpu;

import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.tensor.Operands;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.WeightStore;
import dvdquant.tensor.cpu.integer.CpuQuantizedWeights;
import dvdquant.tensor.cpu.integer.IntegerProducts;
import dvdquant.tensor.cpu.integer.NibblePanels;
import dvdquant.tensor.cpu.integer.WeightLayout;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.function.IntConsumer;

/** Quantized weights as the CPU's products take them. */
final class CpuWeights implements WeightStore {
    private final CpuDevice device;

    CpuWeights(CpuDevice device) {
        this.device = device;
    }

    @Override
    public QuantizedWeights quantizedWeights(MemorySegment values, float[] scales, float[] bias) {
        device.requireOpen();
        Operands.requireQuantizedWeights(values.byteSize(), scales, bias);
        if (!values.isNative()) throw new IllegalArgumentException("int8 weights on the heap, expected native memory");
        var weights = new CpuQuantizedWeights(WeightLayout.ofBytes(device.instructions), scales.length,
                Math.toIntExact(values.byteSize() / scales.length), scales, bias);
        return packed(weights, stretch -> {
            int rows = weights.rows(stretch);
            int in = weights.in();
            var products = (IntegerProducts.OfBytes) device.integerLinears.get().products(weights.layout());
            products.pack(values.asSlice((long) weights.firstRow(stretch) * in, (long) rows * in), rows, in,
                    weights.allocate(stretch, products.packedBytes(rows, in)));
        });
    }

    @Override
    public QuantizedWeights packedWeights(PackedWeight weight, float[] bias, Residence residence) {
        device.requireOpen();
        if (residence == Residence.EXPANDED) return expandedWeights(weight, bias);
        float[] scales = PackedWeightReader.scales(weight);
        if (!multipliesNibbles() || !NibblePanels.canHold(weight.scheme()))
            return new CpuQuantizedWeights(weight, scales, bias);
        var weights = new CpuQuantizedWeights(WeightLayout.NIBBLE_PANELS, weight.rows(), weight.columns(), scales,
                bias);
        return packed(weights, stretch -> {
            var panels = new NibblePanels(weights.rows(stretch), weights.in());
            panels.pack(weight, weights.firstRow(stretch), weights.allocate(stretch, panels.bytes()));
        });
    }

    private QuantizedWeights expandedWeights(PackedWeight weight, float[] bias) {
        try (var memory = Arena.ofShared()) {
            MemorySegment values = memory.allocate((long) weight.rows() * weight.columns(), 64);
            PackedWeightReader.expand(weight, values);
            return quantizedWeights(values, PackedWeightReader.scales(weight), bias);
        }
    }

    /** On AVX2 codes of 4 bits are multiplied as they are, at a higher rate than 8-bit integers. */
    @Override
    public Residence fastest(WeightScheme scheme) {
        return multipliesNibbles() && NibblePanels.canHold(scheme) ? Residence.PACKED : Residence.EXPANDED;
    }

    private boolean multipliesNibbles() {
        return device.instructions.hasAvx2() && !device.instructions.hasVnni();
    }

    private QuantizedWeights packed(CpuQuantizedWeights weights, IntConsumer pack) {
        try {
            device.workers.forEach(weights.stretches(), stretch -> pack.accept((int) stretch));
            return weights;
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

}
