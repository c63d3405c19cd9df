package dvdquant.app.inspect;

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
import java.util.SequencedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * The tensors of one component.
 *
 * @param files the names of the weight files
 * @param tensors by their place in the files
 * @param bytes of the tensors, headers not counted
 */
public record WeightSummary(List<String> files, List<TensorLine> tensors, long elements, long bytes) {
    /** @param shape outermost axis first */
    public record TensorLine(String name, ElementType dtype, List<Long> shape, long bytes) {
        private static TensorLine of(StoredTensor tensor) {
            return new TensorLine(tensor.name(), tensor.type(),
                    Arrays.stream(tensor.shape().dims()).boxed().toList(), tensor.data().byteSize());
        }

        long elements() {
            return bytes / dtype.sizeBytes();
        }
    }

    static WeightSummary ofFolder(Path folder) {
        try (var checkpoint = Checkpoint.open(folder)) {
            return of(checkpoint.files(), checkpoint.tensors().values());
        }
    }

    static WeightSummary ofFile(Path path) {
        try (var file = SafetensorsFile.open(path)) {
            return of(List.of(path), file.tensors().values());
        }
    }

    private static WeightSummary of(List<Path> files, Collection<StoredTensor> tensors) {
        List<TensorLine> lines = tensors.stream().map(TensorLine::of).toList();
        return new WeightSummary(files.stream().map(file -> file.getFileName().toString()).toList(), lines,
                lines.stream().mapToLong(TensorLine::elements).sum(),
                lines.stream().mapToLong(TensorLine::bytes).sum());
    }

    /** The number of weights of each type, the most frequent first. */
    public SequencedMap<ElementType, Long> elementsByType() {
        var counts = tensors.stream().collect(Collectors.groupingBy(TensorLine::dtype, TreeMap::new,
                Collectors.summingLong(TensorLine::elements)));
        var sorted = new LinkedHashMap<ElementType, Long>();
        counts.entrySet().stream().sorted(Comparator.comparingLong(entry -> -entry.getValue()))
                .forEach(entry -> sorted.put(entry.getKey(), entry.getValue()));
        return sorted;
    }
}
