package dvdquant.models.weights;

import dvdquant.tensor.WeightStore;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.quantize.LayerBasis;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.util.Optional;

/** A quantized layer of a checkpoint: expands it to the small integers that a device multiplies with, or reads it row by row. */
public final class QuantizedLayer {
    private final WeightLoader weights;
    private final QuantizedFormat format;
    private final String name;
    private final PackedWeight packed;

    /** @param shape of the weight: [out, in] */
    QuantizedLayer(WeightLoader weights, QuantizedFormat format, String name, Shape shape) {
        this.weights = weights;
        this.format = format;
        this.name = name;
        format.tensors(name, shape.dim(0), shape.dim(1)).forEach(this::requireType);
        boolean packs = PackedWeight.packsGroups(format.weights());
        this.packed = new PackedWeight(Math.toIntExact(shape.dim(0)), Math.toIntExact(shape.dim(1)), format.weights(),
                data("qweight"), data("scale"), packs ? data("group") : data("zero"), data("multiplier"));
    }

    private void requireType(TensorSpec expected) {
        StoredTensor stored = weights.stored(expected.name());
        if (stored.type() != expected.type()) {
            throw new InputException(stored.file() + ": tensor '" + stored.name() + "' is " + stored.type()
                    + ", expected " + expected.type());
        }
    }

    /** Empty if the format has no such tensor. */
    private MemorySegment data(String part) {
        return weights.has(name + "." + part) ? weights.stored(name + "." + part).data() : MemorySegment.NULL;
    }

    String name() {
        return name;
    }

    public QuantizedFormat format() {
        return format;
    }

    WeightLoader weights() {
        return weights;
    }

    public int out() {
        return packed.rows();
    }

    public int in() {
        return packed.columns();
    }

    /**
     * @param residence empty: as the device multiplies fastest
     * @throws InputException if a group's multiplier or zero point is not one of the format's, or a step is not finite
     */
    QuantizedWeights load(WeightStore device, Optional<Residence> residence) {
        if (format.hasFreeGroups()) {
            throw new IllegalStateException("no integer product runs over groups with steps of their own: " + name);
        }
        PackedWeightReader.forRows(out(), this::requireFits);
        scales(); // looked through
        try (var _ = TensorScope.open()) {
            float[] bias = weights.get(name + ".bias", ElementType.F32).toFloats();
            QuantizedWeights loaded = device.packedWeights(packed, bias,
                    residence.orElseGet(() -> device.fastest(packed.scheme())));
            weights.release(name + ".qweight");
            return loaded;
        }
    }

    /** The steps, looked through for NaN and Inf. */
    Tensor scales() {
        return weights.get(name + ".scale", ElementType.F32);
    }

    private void requireFits(int first, int last) {
        var grids = new QuantizedRow(in(), packed.scheme());
        for (int row = first; row < last; row++) {
            packed.loadGrids(row, grids);
            requireFits(row, grids);
        }
    }

    /**
     * Reads a row with its grids; by several threads at once.
     *
     * @throws InputException if they are not of the format
     */
    public void read(int row, QuantizedRow into) {
        packed.load(row, into);
        requireFits(row, into);
    }

    /** A byte of a damaged file must not become a weight that wraps around. */
    private void requireFits(int row, QuantizedRow grids) {
        int mostMultiplier = packed.scheme().range().maximumMultiplier();
        int mostZero = packed.scheme().range().maximumZeroPoint();
        for (int group = 0; group < grids.zeroPoints().length; group++) {
            int multiplier = grids.multipliers()[group];
            int zero = Byte.toUnsignedInt(grids.zeroPoints()[group]);
            if (multiplier < 1 || multiplier > mostMultiplier || zero > mostZero) {
                throw new InputException(weights.stored(name + ".qweight").file() + ": layer '" + name + "', row " + row
                        + ", group "
                        + group + ": multiplier " + multiplier + " and zero point " + zero + ", expected at most "
                        + mostMultiplier + " and " + mostZero);
            }
        }
    }

    /** What the weight went through before it was rounded. */
    public LayerBasis basis() {
        return new LayerBasis(format.smoothing().map(_ -> smoothing()),
                format.lowRank() == 0 ? Optional.empty() : Optional.of(branch()),
                format.weights().rotation().forColumns(in()));
    }

    private LowRank branch() {
        try (var _ = TensorScope.open()) {
            return new LowRank(rows(weights.get(name + ".lora_down", ElementType.F32).toFloats(), in()),
                    columns(weights.get(name + ".lora_up", ElementType.F32).toFloats(), format.lowRank()));
        }
    }

    private static float[][] rows(float[] values, int columns) {
        var rows = new float[values.length / columns][columns];
        for (int i = 0; i < values.length; i++) {
            rows[i / columns][i % columns] = values[i];
        }
        return rows;
    }

    private static float[][] columns(float[] values, int columns) {
        var transposed = new float[columns][values.length / columns];
        for (int i = 0; i < values.length; i++) {
            transposed[i % columns][i / columns] = values[i];
        }
        return transposed;
    }

    /** @throws InputException if a value is not positive and finite */
    float[] smoothing() {
        String tensor = name + ".smooth";
        try (var _ = TensorScope.open()) {
            float[] divisors = weights.get(tensor, ElementType.F32).toFloats();
            for (int k = 0; k < divisors.length; k++) {
                if (!(divisors[k] >= Float.MIN_NORMAL)) {
                    throw new InputException(weights.stored(tensor).file() + ": tensor '" + tensor + "' holds "
                            + divisors[k] + " at element " + k + ", expected positive divisors");
                }
            }
            return divisors;
        }
    }
}
