package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.Shape;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.LowRank;
import dvdquant.core.quant.weights.PackedWeight;
import dvdquant.core.quant.weights.QuantizedRow;
import dvdquant.core.safetensors.FiniteWeights;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.EnumMap;
import java.util.Optional;

/** A quantized layer of a checkpoint, held against its format, to be read row by row. Must not outlive its source. */
public final class StoredLayer {
    private static final ValueLayout.OfFloat FLOAT = ValueLayout.JAVA_FLOAT_UNALIGNED
            .withOrder(ByteOrder.LITTLE_ENDIAN);

    private final TensorSource source;
    private final LayerParts parts;
    private final LayerData data;
    private final PackedWeight packed;

    private StoredLayer(TensorSource source, LayerParts parts, LayerData data) {
        this.source = source;
        this.parts = parts;
        this.data = data;
        this.packed = data.packed();
    }

    /**
     * {@return a layer of a checkpoint, its tensors found and held against the format; grids and steps are not looked at
     * yet}
     *
     * @param source that holds the layer
     * @param layer its name
     * @param format how it is quantized
     * @param weight shape of the weight: [out, in]
     * @throws InputException if a tensor is missing, of another type or shape, or does not lie in a file
     */
    public static StoredLayer of(TensorSource source, String layer, LayerFormat format, Shape weight) {
        LayerParts parts = format.parts(layer, weight.dim(0), weight.dim(1));
        var contents = new EnumMap<LayerPart, MemorySegment>(LayerPart.class);
        parts.specs().forEach((part, spec) -> contents.put(part, raw(source.tensor(spec.name()), spec)));
        return new StoredLayer(source, parts, new LayerData(parts, contents));
    }

    private static MemorySegment raw(SourceTensor stored, TensorSpec expected) {
        if (stored.type() != expected.type() || !stored.shape().equals(expected.shape())) {
            throw new InputException(stored.file() + ": tensor '" + stored.name() + "' is " + stored.type() + " "
                    + stored.shape() + ", expected " + expected.type() + " " + expected.shape());
        }
        return stored.raw().orElseThrow(() -> new InputException(stored.file() + ": tensor '" + stored.name()
                + "' is of a quantized layer and changed on the way, expected it as it is stored"));
    }

    /** {@return the layer's name, without {@code .weight}} */
    public String name() {
        return parts.layer();
    }

    /** {@return how it is quantized} */
    public LayerFormat format() {
        return parts.format();
    }

    /** {@return rows of the weight} */
    public int out() {
        return packed.rows();
    }

    /** {@return columns of the weight} */
    public int in() {
        return packed.columns();
    }

    /** {@return codes and grids as they are stored} */
    public PackedWeight packed() {
        return packed;
    }

    /**
     * {@return the tensor of a part; empty if the format has no such part}
     *
     * @param part of the layer
     */
    public Optional<SourceTensor> tensor(LayerPart part) {
        return parts.spec(part).map(spec -> source.tensor(spec.name()));
    }

    /**
     * Checks the steps of all rows.
     *
     * @throws InputException if one is not finite
     */
    public void requireFiniteSteps() {
        FiniteWeights.require(source.tensor(LayerPart.SCALES.of(name())));
    }

    /**
     * Checks the grids of some rows.
     *
     * @param first of the rows
     * @param last the row after them
     * @throws InputException if a group's multiplier or zero point is not one of the format's
     */
    public void requireGrids(int first, int last) {
        var grids = new QuantizedRow(in(), packed.scheme());
        for (int row = first; row < last; row++) {
            packed.loadGrids(row, grids);
            requireGrids(row, grids);
        }
    }

    /**
     * Reads a row with its grids; by several threads at once.
     *
     * @param row from 0
     * @param into of the format's scheme, overwritten
     * @throws InputException if they are not of the format
     */
    public void read(int row, QuantizedRow into) {
        packed.load(row, into);
        requireGrids(row, into);
    }

    /** A byte of a damaged file must not become a weight that wraps around. */
    private void requireGrids(int row, QuantizedRow grids) {
        CodeRange range = packed.scheme().range();
        for (int group = 0; group < grids.zeroPoints().length; group++) {
            int multiplier = grids.multipliers()[group];
            int zero = Byte.toUnsignedInt(grids.zeroPoints()[group]);
            if (multiplier < 1 || multiplier > range.maximumMultiplier() || zero > range.maximumZeroPoint()) {
                throw new InputException(source.tensor(LayerPart.CODES.of(name())).file() + ": layer '" + name()
                        + "', row " + row + ", group " + group + ": multiplier " + multiplier + " and zero point "
                        + zero + ", expected at most " + range.maximumMultiplier() + " and "
                        + range.maximumZeroPoint());
            }
        }
    }

    /**
     * {@return what the input is divided by, [in]; empty if the layer is not smoothed}
     *
     * @throws InputException if a value is not positive and finite
     */
    public Optional<float[]> smoothing() {
        return tensor(LayerPart.SMOOTHING).map(stored -> {
            FiniteWeights.require(stored);
            float[] divisors = data.of(LayerPart.SMOOTHING).toArray(FLOAT);
            for (int k = 0; k < divisors.length; k++) {
                if (!(divisors[k] >= Float.MIN_NORMAL)) {
                    throw new InputException(stored.file() + ": tensor '" + stored.name() + "' holds " + divisors[k]
                            + " at element " + k + ", expected positive divisors");
                }
            }
            return divisors;
        });
    }

    /**
     * {@return the low-rank branch; empty if the layer has none}
     *
     * @throws InputException if a value is not finite
     */
    public Optional<LowRank> branch() {
        return tensor(LayerPart.LORA_DOWN).map(down -> {
            SourceTensor up = tensor(LayerPart.LORA_UP).orElseThrow();
            FiniteWeights.require(down);
            FiniteWeights.require(up);
            int rank = format().lowRank();
            var rows = new float[rank][in()];
            for (int r = 0; r < rank; r++) {
                down.read(r, rows[r]);
            }
            var columns = new float[rank][out()];
            var row = new float[rank];
            for (int i = 0; i < out(); i++) {
                up.read(i, row);
                for (int r = 0; r < rank; r++) {
                    columns[r][i] = row[r];
                }
            }
            return new LowRank(rows, columns);
        });
    }

    /** Says that its codes are not needed for now. */
    public void release() {
        source.tensor(LayerPart.CODES.of(name())).release();
    }
}
