package dvdquant.models.encoder;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.EightBitLayers;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.LayerSource;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * An encoder that runs layer by layer from the mapped file: a layer is loaded, used for all prompts or images, and freed, so that it takes
 * the memory of one layer and of the embedding rows in use, while the next is read from the disk.
 */
public final class MappedEncoder implements AutoCloseable {
    private final WeightLoader weights;
    private final EncoderPrecision precision;
    private final ComputeDevice device;

    private MappedEncoder(WeightLoader weights, EncoderPrecision precision, ComputeDevice device) {
        this.weights = weights;
        this.precision = precision;
        this.device = device;
    }

    /** @param sources of the weights */
    public static MappedEncoder open(Path folder, TensorLayout layout, TensorSource.Opener sources,
            EncoderPrecision precision, ComputeDevice device) {
        return new MappedEncoder(WeightLoader.open(folder, layout, sources), precision, device);
    }

    public ComputeDevice device() {
        return device;
    }

    /** Of what is before the first layer and behind the last, too. */
    public LayerLoader source() {
        return new LayerLoader(weights, precision.type(), device, LayerArithmetic.INTEGER, Optional.empty(),
                Optional.empty());
    }

    /** A tensor that is no layer's, in F32. */
    public Tensor precise(String name) {
        return weights.get(name, ElementType.F32, device.device());
    }

    /**
     * Has the first layers run over the states of all prompts or images.
     *
     * @param hidden of each, [tokens, width]; overwritten
     */
    public void run(List<Tensor> hidden, EncoderLayer.Stack stack, int layers, LayerListener listener) {
        Kernels kernels = device.kernels();
        var compute = precision.eightBit() ? new Compute(kernels, EightBitLayers.SCHEME) : new Compute(kernels);
        LayerLoader source = source();
        if (layers > 0) names(stack, 0).forEach(weights::prefetch);
        for (int i = 0; i < layers; i++) {
            if (i + 1 < layers) names(stack, i + 1).forEach(weights::prefetch); // read from the disk while this one is computed
            try (var _ = TensorScope.open(); var eightBit = new EightBitLayers(source)) {
                EncoderLayer layer = stack.load(precision.eightBit() ? eightBit : source, i);
                var next = new ArrayList<Tensor>();
                for (Tensor states : hidden) {
                    next.add(layer.forward(states, compute));
                }
                // The states stay in their memory: the layers' results would pile up in the caller's scope.
                for (int p = 0; p < hidden.size(); p++) {
                    hidden.get(p).copyFrom(next.get(p));
                }
            }
            names(stack, i).forEach(weights::release);
            listener.afterLayer(i + 1, layers);
        }
    }

    /** The tensors of a layer, whose pages can be given back after use. */
    private static Set<String> names(EncoderLayer.Stack stack, int index) {
        var layout = new TensorLayout();
        stack.load(new LayerSource.Listed(layout), index);
        return layout.shapes().keySet();
    }

    /**
     * Rows of a table, read from the mapped file, in the type to compute in.
     *
     * @param ids of tokens, or positions
     * @throws InputException if the table has no such row
     */
    public Tensor rows(String table, long[] ids) {
        SourceTensor stored = weights.stored(table);
        var row = new float[stored.columns()];
        try (var scope = TensorScope.open()) {
            Tensor rows = Tensor.empty(ElementType.F32, ids.length, row.length);
            MemorySegment memory = rows.segment();
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] < 0 || ids[i] >= stored.rows()) {
                    throw new InputException(stored.file() + ": token " + ids[i] + " of the tokenizer has no row in '"
                            + table + "' " + stored.shape()
                            + ": tokenizer and text encoder do not belong together");
                }
                stored.read(ids[i], row);
                MemorySegment.copy(row, 0, memory, ValueLayout.JAVA_FLOAT, (long) i * row.length * Float.BYTES,
                        row.length);
            }
            return scope.keep(rows.to(precision.type()).to(device.device()));
        }
    }

    @Override
    public void close() {
        weights.close();
    }
}
