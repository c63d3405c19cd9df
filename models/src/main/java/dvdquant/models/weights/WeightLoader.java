package dvdquant.models.weights;

import dvdquant.tensor.WeightStore;
import dvdquant.tensor.ComputeDevice;
import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.NonFinite;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.tensor.Device;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.QuantizedWeights;
import dvdquant.tensor.Residence;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightRows;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.LongStream;

/**
 * The weights of one component, from its folder. A weight that is stored in the type asked for is used where it lies in the
 * mapped file; another is converted, and its pages are given back to the system. Every weight is looked through for NaN and Inf.
 *
 * <p>Tensors go to the caller's scope and must not outlive this loader.
 */
public final class WeightLoader implements AutoCloseable {
    /** Bytes that a core looks through at a time. */
    private static final long LOOKED_THROUGH = 4L << 20;

    private final Checkpoint checkpoint;
    private final TensorLayout layout;
    private final Optional<QuantizedFormat> format;
    private final List<Runnable> closers = new ArrayList<>();

    private WeightLoader(Checkpoint checkpoint, TensorLayout layout, Optional<QuantizedFormat> format) {
        this.checkpoint = checkpoint;
        this.layout = layout;
        this.format = format;
    }

    /**
     * @param folder of the component, such as {@code MODEL/transformer}
     * @param layout of the component in full precision
     * @throws InputException if the files cannot be read, or do not hold just the tensors of {@code layout}
     */
    public static WeightLoader open(Path folder, TensorLayout layout) {
        Optional<QuantizedFormat> format = QuantizedFormat.of(folder);
        TensorLayout stored = format.map(f -> f.applyTo(layout, folder)).orElse(layout);
        Checkpoint checkpoint = Checkpoint.open(folder);
        try {
            stored.check(checkpoint, folder.toString());
        } catch (InputException e) {
            checkpoint.close();
            throw e;
        }
        return new WeightLoader(checkpoint, layout, format);
    }

    /**
     * The weights of a small network beside the models, from one file in full precision.
     *
     * @throws InputException if the file cannot be read, or does not hold just the tensors of {@code layout}
     */
    public static WeightLoader openFile(Path file, TensorLayout layout) {
        Checkpoint checkpoint = Checkpoint.openFile(file);
        try {
            layout.check(checkpoint, file.toString());
        } catch (InputException e) {
            checkpoint.close();
            throw e;
        }
        return new WeightLoader(checkpoint, layout, Optional.empty());
    }

    /**
     * @throws InputException if the tensor is not of floating point, or holds a NaN or Inf
     */
    public Tensor get(String name, ElementType type) {
        StoredTensor stored = checkpoint.tensor(name);
        requireFinite(stored);
        if (stored.type() == type) return Tensor.over(stored.data(), type, stored.shape());
        Tensor converted = convert(stored, type);
        checkpoint.release(stored);
        return converted;
    }

    /**
     * The same in the memory of a device: what the host took for it is given back.
     *
     * @throws InputException as {@link #get(String, ElementType)}
     */
    public Tensor get(String name, ElementType type, Device device) {
        if (device.isCpu()) return get(name, type);
        try (var scope = TensorScope.open()) {
            Tensor copy = scope.keep(get(name, type).to(device));
            release(name);
            return copy;
        }
    }

    /**
     * A layer's weight where a device keeps such: what the host took for it is given back. Belongs to this loader.
     *
     * @throws InputException as {@link #get(String, ElementType)}
     */
    public HeldWeight held(String name, ElementType type, ComputeDevice device) {
        HeldWeight held = held(() -> get(name, type), device);
        if (!device.device().isCpu()) release(name);
        return held;
    }

    /** The same of a weight that is made. */
    public HeldWeight held(Supplier<Tensor> weight, ComputeDevice device) {
        if (device.device().isCpu()) return device.weights().hold(weight.get());
        try (var _ = TensorScope.open()) {
            HeldWeight held = device.weights().hold(weight.get());
            closers.add(held::close);
            return held;
        }
    }

    /** How a layer is quantized; empty if it is not. */
    public Optional<QuantizedFormat> quantization(String layer) {
        return format.filter(f -> f.layers().contains(layer));
    }

    /**
     * Brings a quantized layer, with its bias, to a device. Belongs to this loader.
     *
     * @param residence empty: as the device multiplies fastest
     * @throws InputException if the file holds what the format cannot mean
     */
    public QuantizedWeights quantized(String layer, WeightStore device, Optional<Residence> residence) {
        QuantizedWeights weights = quantized(layer).load(device, residence);
        closers.add(weights::close);
        return weights;
    }

    /**
     * The weight that a quantized layer's codes stand for, smoothed and rotated as they are, without the low-rank branch.
     *
     * @return [out, in]
     * @throws InputException as {@link #quantized}
     */
    public Tensor dequantized(String layer, ElementType type) {
        return new DequantizedLayer(quantized(layer)).dequantize(type);
    }

    /**
     * The weight that stands for the one before quantization: rotated back, the low-rank branch added, not smoothed.
     *
     * @return [out, in]
     * @throws InputException as {@link #quantized}
     */
    public Tensor restored(String layer, ElementType type) {
        return new DequantizedLayer(quantized(layer)).restore(type);
    }

    /**
     * The same, row by row: the layer stays packed. Must not outlive this loader.
     *
     * @throws InputException as {@link #quantized}; rows that are read throw it too
     */
    public WeightRows restoredRows(String layer) {
        return new DequantizedLayer(quantized(layer)).restored();
    }

    /**
     * What a smoothed layer's input is divided by, [in].
     *
     * @throws InputException if a value is not positive and finite
     */
    public float[] smoothing(String layer) {
        return quantized(layer).smoothing();
    }

    /**
     * A quantized layer, to be read row by row; must not outlive this loader.
     *
     * @throws InputException if a step is not finite
     */
    public QuantizedLayer quantizedLayer(String layer) {
        requireFinite(checkpoint.tensor(layer + ".scale"));
        return quantized(layer);
    }

    private QuantizedLayer quantized(String layer) {
        Shape shape = layout.shapes().get(layer + ".weight");
        return new QuantizedLayer(this, format.orElseThrow(), layer, shape);
    }

    private static Tensor convert(StoredTensor stored, ElementType type) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.over(stored.data(), stored.type(), stored.shape()).to(type));
        }
    }

    /**
     * Looks through all weights without keeping any.
     *
     * @throws InputException as {@link #get}
     */
    public void verify() {
        for (StoredTensor stored : checkpoint.tensors().values()) {
            requireFinite(stored);
            checkpoint.release(stored);
        }
    }

    /** The type that most of the stored values have. */
    public ElementType commonestType() {
        var elements = new EnumMap<ElementType, Long>(ElementType.class);
        for (StoredTensor stored : checkpoint.tensors().values()) {
            elements.merge(stored.type(), stored.shape().elements(), Long::sum);
        }
        return Collections.max(elements.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    boolean has(String name) {
        return checkpoint.tensors().containsKey(name);
    }

    /** The stored values as they are: for look-ups of a few rows of a large table. Not looked through. */
    public StoredTensor stored(String name) {
        return checkpoint.tensor(name);
    }

    /** Gives the pages of a tensor that lies in the mapped file back to the system; they are read again when touched. */
    public void release(String name) {
        checkpoint.release(checkpoint.tensor(name));
    }

    /** Has the system begin to read a tensor from its file, which is needed soon. */
    public void prefetch(String name) {
        checkpoint.prefetch(checkpoint.tensor(name));
    }

    private static void requireFinite(StoredTensor stored) {
        switch (stored.type()) {
            case F16, BF16, F32, F64 -> {
                long index = firstNonFinite(stored);
                if (index >= 0) {
                    throw new InputException(
                            stored.file() + ": tensor '" + stored.name() + "' holds a NaN or Inf at element "
                                    + index + ", expected finite weights");
                }
            }
            case BOOL, U8, I8, F8_E4M3, I32, I64 ->
                throw new InputException(stored.file() + ": tensor '" + stored.name()
                        + "' is of dtype " + stored.type() + ", expected F32, F16 or BF16");
        }
    }

    /** On all cores: a core looks through a few gigabytes a second, and an encoder has eleven. */
    private static long firstNonFinite(StoredTensor stored) {
        MemorySegment data = stored.data();
        long parts = Math.ceilDiv(data.byteSize(), LOOKED_THROUGH);
        return LongStream.range(0, parts).parallel().map(part -> {
            long from = part * LOOKED_THROUGH;
            long index = NonFinite.indexOf(data.asSlice(from, Math.min(LOOKED_THROUGH, data.byteSize() - from)),
                    stored.type());
            return index < 0 ? -1 : from / stored.type().sizeBytes() + index;
        }).filter(index -> index >= 0).min().orElse(-1);
    }

    @Override
    public void close() {
        closers.forEach(Runnable::run);
        closers.clear();
        checkpoint.close();
    }
}
