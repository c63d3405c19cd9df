package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.StoredLayer;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.FiniteWeights;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Device;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.PackedWeightReader;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * The weights of one component, from its folder. A weight that is stored in the type asked for is used where it lies in the
 * mapped file; another is converted, and its pages are given back to the system. Every weight is looked through for NaN and Inf.
 *
 * <p>Tensors go to the caller's scope and must not outlive this loader.
 */
public final class WeightLoader implements AutoCloseable {
    private final TensorSource source;
    private final TensorLayout layout;
    private final Optional<QuantizedFormat> format;
    private final List<Runnable> closers = new ArrayList<>();

    private WeightLoader(TensorSource source, TensorLayout layout, Optional<QuantizedFormat> format) {
        this.source = source;
        this.layout = layout;
        this.format = format;
    }

    /**
     * {@return the weights of a component, in full precision or quantized as its configuration says; for the caller to
     * close}
     *
     * @param folder of the component, such as {@code MODEL/transformer}
     * @param layout of the component in full precision
     * @throws InputException if the files cannot be read, or do not hold just the tensors of {@code layout}
     */
    public static WeightLoader open(Path folder, TensorLayout layout) {
        return open(folder, layout, Checkpoint::open);
    }

    /**
     * {@return the weights of a component, read from elsewhere; for the caller to close}
     *
     * @param folder of the component, whose configuration is read
     * @param layout of the component in full precision
     * @param sources opens its tensors, such as those of its files with something merged in
     * @throws InputException if they cannot be read, or are not just those of {@code layout}
     */
    public static WeightLoader open(Path folder, TensorLayout layout, TensorSource.Opener sources) {
        Optional<QuantizedFormat> format = QuantizedFormat.of(folder);
        TensorLayout stored = format.map(f -> f.applyTo(layout, folder)).orElse(layout);
        return new WeightLoader(checked(sources.open(folder), stored), layout, format);
    }

    /**
     * {@return the weights of a small network beside the models, from one file in full precision; for the caller to close}
     *
     * @param file in the safetensors format
     * @param layout of the network
     * @throws InputException if the file cannot be read, or does not hold just the tensors of {@code layout}
     */
    public static WeightLoader openFile(Path file, TensorLayout layout) {
        return new WeightLoader(checked(Checkpoint.openFile(file), layout), layout, Optional.empty());
    }

    private static TensorSource checked(TensorSource source, TensorLayout layout) {
        try {
            return layout.check(source, source.place().toString());
        } catch (InputException e) {
            source.close();
            throw e;
        }
    }

    /**
     * {@return a tensor in the host's memory}
     *
     * @param name in the checkpoint
     * @param type of the result
     * @throws InputException if the tensor is not of floating point, or holds a NaN or Inf
     */
    public Tensor get(String name, ElementType type) {
        SourceTensor stored = source.tensor(name);
        requireFinite(stored);
        Optional<MemorySegment> raw = stored.raw();
        if (raw.isPresent() && stored.type() == type) return Tensor.over(raw.get(), type, stored.shape());
        try (var scope = TensorScope.open()) {
            Tensor values = raw.map(data -> Tensor.over(data, stored.type(), stored.shape()))
                    .orElseGet(() -> made(stored));
            Tensor converted = scope.keep(values.to(type));
            stored.release();
            return converted;
        }
    }

    /**
     * {@return a tensor in the memory of a device: what the host took for it is given back}
     *
     * @param name in the checkpoint
     * @param type of the result
     * @param device where it is put
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
     * {@return a layer's bias, [out]; empty if the layout has none of it}
     *
     * @param layer its name, without {@code .bias}
     * @param type of the result
     * @param device where it is put
     * @throws InputException as {@link #get(String, ElementType)}
     */
    public Optional<Tensor> bias(String layer, ElementType type, Device device) {
        return Optional.of(TensorLayout.biasOf(layer)).filter(layout.shapes()::containsKey)
                .map(name -> get(name, type, device));
    }

    /**
     * {@return a layer's weight where a device keeps such: on a CPU it belongs to the caller's scope, else to this loader,
     * and what the host took for it is given back}
     *
     * @param name in the checkpoint
     * @param type of the result
     * @param device that keeps it
     * @throws InputException as {@link #get(String, ElementType)}
     */
    public HeldWeight held(String name, ElementType type, ComputeDevice device) {
        HeldWeight held = held(() -> get(name, type), device);
        if (!device.device().isCpu()) release(name);
        return held;
    }

    /**
     * {@return such a weight that is made: on a CPU it belongs to the caller's scope, else to this loader}
     *
     * @param weight makes it in the host's memory, [out, in]
     * @param device that keeps it
     */
    public HeldWeight held(Supplier<Tensor> weight, ComputeDevice device) {
        if (device.device().isCpu()) return device.weights().hold(weight.get());
        try (var _ = TensorScope.open()) {
            HeldWeight held = device.weights().hold(weight.get());
            own(held::close);
            return held;
        }
    }

    /**
     * {@return a quantized layer; empty if it is not quantized}
     *
     * @param layer its name, without {@code .weight}
     * @throws InputException if its tensors are not of the types and shapes of its format
     */
    public Optional<QuantizedLayer> quantized(String layer) {
        return format.flatMap(f -> f.of(layer)).map(f -> new QuantizedLayer(this,
                StoredLayer.of(source, layer, f, layout.shapes().get(TensorLayout.weightOf(layer)))));
    }

    /** Closes what was made of the weights with this loader. */
    void own(Runnable close) {
        closers.add(close);
    }

    /** In F32. */
    private static Tensor made(SourceTensor stored) {
        Tensor values = Tensor.empty(ElementType.F32, stored.shape().dims());
        MemorySegment memory = values.segment();
        PackedWeightReader.forRows(Math.toIntExact(stored.rows()), (first, last) -> {
            var row = new float[stored.columns()];
            for (int r = first; r < last; r++) {
                stored.read(r, row);
                MemorySegment.copy(row, 0, memory, ValueLayout.JAVA_FLOAT, (long) r * row.length * Float.BYTES,
                        row.length);
            }
        });
        return values;
    }

    /**
     * Looks through all weights without keeping any.
     *
     * @throws InputException as {@link #get}
     */
    public void verify() {
        for (SourceTensor stored : source.tensors().values()) {
            requireFinite(stored);
            stored.release();
        }
    }

    /**
     * {@return the type of most values, if those lie in memory that is a file's; empty if they are made as they are read}
     */
    public Optional<ElementType> mappedType() {
        var elements = new HashMap<Optional<ElementType>, Long>();
        for (SourceTensor stored : source.tensors().values()) {
            elements.merge(stored.raw().map(_ -> stored.type()), stored.shape().elements(), Long::sum);
        }
        return Collections.max(elements.entrySet(), Map.Entry.comparingByValue()).getKey();
    }

    /**
     * {@return the stored values as they are, not looked through for NaN: for look-ups of a few rows of a large table}
     *
     * @param name in the checkpoint
     */
    public SourceTensor stored(String name) {
        return source.tensor(name);
    }

    /**
     * Gives the pages of a tensor that lies in the mapped file back to the system; they are read again when touched.
     *
     * @param name in the checkpoint
     */
    public void release(String name) {
        source.tensor(name).release();
    }

    /**
     * Has the system begin to read a tensor from its file, which is needed soon.
     *
     * @param name in the checkpoint
     */
    public void prefetch(String name) {
        source.tensor(name).prefetch();
    }

    /** The same of all of them; returns when most is read. */
    public void prefetch() {
        source.tensors().values().forEach(SourceTensor::prefetch);
    }

    private static void requireFinite(SourceTensor stored) {
        switch (stored.type()) {
            case F16, BF16, F32, F64 -> FiniteWeights.require(stored);
            case BOOL, U8, I8, F8_E4M3, I32, I64 ->
                throw new InputException(stored.file() + ": tensor '" + stored.name()
                        + "' is of dtype " + stored.type() + ", expected F32, F16 or BF16");
        }
    }

    @Override
    public void close() {
        closers.forEach(Runnable::run);
        closers.clear();
        source.close();
    }
}
