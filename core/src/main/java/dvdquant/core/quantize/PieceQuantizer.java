package dvdquant.core.quantize;

import dvdquant.core.checkpoint.LayerData;
import dvdquant.core.checkpoint.LayerFormat;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.FiniteWeights;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Works on the pieces of a {@link ComponentPlan}, one by one, wherever it is: the same bytes everywhere, and the same as {@link Quantizer}'s.
 *
 * @param source the component's tensors in full precision
 * @param format that the component gets
 * @param calibration what was seen of its activations, for a format that needs it
 * @param tasks by which rows are shared out
 */
public record PieceQuantizer(TensorSource source, QuantizedFormat format, Optional<ChannelMaxima> calibration,
        RowTasks tasks) {
    /**
     * Some bytes of a tensor of the new component; those that pieces make of one tensor follow each other in the order of the pieces.
     *
     * @param tensor its name
     * @param bytes as they will lie in the file
     */
    public record Made(String tensor, MemorySegment bytes) {}

    /**
     * Has the JVM compile the loops, and waits for that, three seconds at most: until then a piece would take a hundred times as long. Once a JVM
     * is enough.
     *
     * @param format of the pieces
     * @throws java.util.concurrent.CancellationException if this thread is interrupted
     */
    public static void warmUp(QuantizedFormat format) {
        WarmUp.start(format.usual().weights()).await();
    }

    /**
     * Works on one piece.
     *
     * @param piece of the component's plan
     * @param memory what is made is allocated in it; that of threads, if the rows are theirs
     * @return valid until the memory is freed, or the source closed
     * @throws dvdquant.core.InputException if a weight is NaN or infinite
     */
    public List<Made> work(Piece piece, Arena memory) {
        SourceTensor tensor = source.tensor(piece.tensor());
        if (piece.quantized()) return quantized(piece, tensor, memory);
        FiniteWeights.requireOneByOne(tensor);
        return List.of(new Made(tensor.name(), tensor.bytes(memory)));
    }

    private List<Made> quantized(Piece piece, SourceTensor weight, Arena memory) {
        String layer = TensorLayout.layerOf(piece.tensor()).orElseThrow();
        LayerFormat of = format.of(layer).orElseThrow();
        Optional<float[]> smoothing = of.smoothing()
                .map(exponent -> SmoothingFactors.of(source, layer, format, calibration.orElseThrow(), exponent));
        LayerData data = new LayerQuantizer(tasks).quantize(weight, Math.toIntExact(piece.firstRow()),
                Math.toIntExact(piece.rows()), of, smoothing, memory);
        var made = new ArrayList<Made>();
        data.parts().specs().forEach((part, spec) -> {
            if (piece.firstRow() == 0 || part != LayerPart.SMOOTHING) made.add(new Made(spec.name(), data.of(part)));
        });
        return made;
    }
}
