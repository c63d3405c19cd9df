package dvdquant.models.text;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * The UMT5 text encoder, run layer by layer from the mapped file: a layer is loaded, used for all prompts, and freed, so that it
 * takes the memory of one layer and of the embedding rows in use, while the next is read from the disk.
 *
 * <p>Prompts are encoded at their own length. The reference pads them to 512 tokens and masks the padding, which comes to the
 * same: masked keys have no weight, and positions are relative.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/models/umt5/modeling_umt5.py">
 *      transformers, UMT5EncoderModel</a>
 */
public final class Umt5Encoder implements AutoCloseable {
    /** Told after each layer; may throw to cancel. */
    @FunctionalInterface
    public interface LayerListener {
        void afterLayer(int layer, int layers);
    }

    private final Umt5Config config;
    private final WeightLoader weights;
    private final ElementType type;
    private final ComputeDevice device;

    private Umt5Encoder(Umt5Config config, WeightLoader weights, ElementType type, ComputeDevice device) {
        this.config = config;
        this.weights = weights;
        this.type = type;
        this.device = device;
    }

    /**
     * @param folder {@code MODEL/text_encoder}
     * @param sources of the weights
     * @param type to compute in: F32 or BF16
     */
    public static Umt5Encoder open(Path folder, TensorSource.Opener sources, ElementType type, ComputeDevice device) {
        Umt5Config config = Umt5Config.read(folder);
        return new Umt5Encoder(config, WeightLoader.open(folder, config.layout(), sources), type, device);
    }

    public int layers() {
        return config.layers();
    }

    /**
     * @param prompts token ids of each prompt
     * @return the last hidden states of each prompt, [tokens, width], in the type to compute in
     */
    public List<Tensor> encode(List<long[]> prompts, LayerListener listener) {
        var compute = new Compute(device.kernels());
        var layers = new LayerLoader(weights, type, device, LayerArithmetic.INTEGER, Optional.empty(),
                Optional.empty());
        prefetch(0);
        List<Tensor> hidden = prompts.stream().map(this::embed).toList();
        for (int i = 0; i < config.layers(); i++) {
            prefetch(i + 1); // read from the disk while this one is computed
            try (var _ = TensorScope.open()) {
                Umt5Layer layer = Umt5Layer.load(layers, config, i);
                var next = new ArrayList<Tensor>();
                for (Tensor states : hidden) {
                    next.add(layer.forward(states, compute));
                }
                // The states stay in their memory: the layers' results would pile up in the caller's scope.
                for (int p = 0; p < hidden.size(); p++) {
                    hidden.get(p).copyFrom(next.get(p));
                }
            }
            Umt5Layer.names(config, i).forEach(weights::release);
            listener.afterLayer(i + 1, config.layers());
        }
        Tensor gain = weights.get(Umt5Config.FINAL_NORM, ElementType.F32, device.device());
        return hidden.stream().map(states -> device.kernels().rmsNorm(states, gain, null, config.eps())).toList();
    }

    private void prefetch(int layer) {
        if (layer < config.layers()) Umt5Layer.names(config, layer).forEach(weights::prefetch);
    }

    /** Rows of the embedding table, read from the mapped file. */
    private Tensor embed(long[] ids) {
        SourceTensor table = weights.stored(Umt5Config.EMBEDDING);
        var row = new float[config.width()];
        try (var scope = TensorScope.open()) {
            Tensor rows = Tensor.empty(ElementType.F32, ids.length, config.width());
            MemorySegment memory = rows.segment();
            for (int i = 0; i < ids.length; i++) {
                if (ids[i] < 0 || ids[i] >= config.vocabulary()) {
                    throw new InputException(
                            table.file() + ": token " + ids[i] + " of the tokenizer has no row in '"
                                    + Umt5Config.EMBEDDING + "' "
                                    + Shape.of(config.vocabulary(), config.width())
                                    + ": tokenizer and text encoder do not belong together");
                }
                table.read(ids[i], row);
                MemorySegment.copy(row, 0, memory, ValueLayout.JAVA_FLOAT, (long) i * row.length * Float.BYTES,
                        row.length);
            }
            return scope.keep(rows.to(type).to(device.device()));
        }
    }

    @Override
    public void close() {
        weights.close();
    }
}
