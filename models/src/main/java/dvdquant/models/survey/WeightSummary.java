package dvdquant.models.survey;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.StoredTensor;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tensors of one component. Of a quantized layer the weights are counted that its codes stand for, and what is beside the codes
 * counts as bytes only.
 *
 * @param files the names of the weight files
 * @param tensors by their place in the files
 * @param bytes of the tensors, headers not counted
 */
public record WeightSummary(List<String> files, List<TensorLine> tensors, long elements, long bytes) {
    /**
     * @param shape outermost axis first
     * @param weights that it holds
     * @param format of the weights: the dtype, or {@code 4-bit}
     */
    public record TensorLine(String name, ElementType dtype, List<Long> shape, long bytes, long weights,
            String format) {
        private static TensorLine of(StoredTensor tensor, Optional<QuantizedSummary> quantization) {
            String format = tensor.type().toString();
            long weights = tensor.shape().elements();
            if (quantization.isPresent() && quantization.get().isPartOfLayer(tensor.name())) {
                format = quantization.get().bitsOf(tensor.name()) + "-bit";
                weights = quantization.get().weightsIn(tensor.name());
            }
            return new TensorLine(tensor.name(), tensor.type(), Arrays.stream(tensor.shape().dims()).boxed().toList(),
                    tensor.data().byteSize(), weights, format);
        }
    }

    static WeightSummary ofFolder(Path folder, Optional<QuantizedSummary> quantization) {
        try (var checkpoint = Checkpoint.open(folder)) {
            return of(checkpoint.files(), checkpoint.tensors().values(), quantization);
        }
    }

    static WeightSummary ofFile(Path path) {
        try (var file = SafetensorsFile.open(path)) {
            return of(List.of(path), file.tensors().values(), Optional.empty());
        }
    }

    private static WeightSummary of(List<Path> files, Collection<StoredTensor> tensors,
            Optional<QuantizedSummary> quantization) {
        List<TensorLine> lines = tensors.stream().map(tensor -> TensorLine.of(tensor, quantization)).toList();
        return new WeightSummary(files.stream().map(file -> file.getFileName().toString()).toList(), lines,
                lines.stream().mapToLong(TensorLine::weights).sum(),
                lines.stream().mapToLong(TensorLine::bytes).sum());
    }

    /** The number of weights of each format, the most frequent first. */
    public SequencedMap<String, Long> elementsByFormat() {
        var counts = tensors.stream().collect(Collectors.groupingBy(TensorLine::format, TreeMap::new,
                Collectors.summingLong(TensorLine::weights)));
        var sorted = new LinkedHashMap<String, Long>();
        counts.entrySet().stream().sorted(Comparator.comparingLong(entry -> -entry.getValue()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }
}
