package dvdquant.core.safetensors;

import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.ByteArrayOutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;

/**
 * The files of a checkpoint that is to be written: which tensors share one (as many as fit, in their order; one that is larger than the limit
 * has a file of its own), what each file begins with, and in which order the tensors lie in it. For who writes them by other ways than
 * {@link ShardedSafetensorsWriter}, whose files they are.
 *
 * @param stem of the files' names, as {@code diffusion_pytorch_model}
 * @param shards the tensors of each file, in the order in which they were given
 * @param metadata texts by key, of each file
 */
public record ShardPlan(String stem, List<List<TensorSpec>> shards, Map<String, String> metadata) {
    /** Copies the lists and the map. */
    public ShardPlan {
        shards = List.copyOf(shards);
        metadata = Map.copyOf(metadata);
    }

    /**
     * A file.
     *
     * @param name of it, in its folder
     * @param header its first bytes
     * @param tensors in the order in which their data follows, without gaps
     */
    public record File(String name, byte[] header, List<TensorSpec> tensors) {
        /** Copies the list; the array is shared. */
        public File {
            tensors = List.copyOf(tensors);
        }
    }

    /**
     * Shares tensors out among files.
     *
     * @param stem of the files' names
     * @param tensors all that the files will hold
     * @param metadata texts by key, of each file
     * @param maxShardBytes of tensor data in a file, unless one tensor alone is larger
     * @return one file, or several
     * @throws IllegalArgumentException if a name occurs twice, or the limit is not positive
     */
    public static ShardPlan of(String stem, List<TensorSpec> tensors, Map<String, String> metadata,
            long maxShardBytes) {
        if (maxShardBytes < 1) throw new IllegalArgumentException("shards of at most " + maxShardBytes + " bytes");
        TensorSpec.requireDistinct(tensors);
        var shards = new ArrayList<List<TensorSpec>>();
        var shard = new ArrayList<TensorSpec>();
        long size = 0;
        for (TensorSpec tensor : tensors) {
            if (!shard.isEmpty() && tensor.sizeBytes() > maxShardBytes - size) {
                shards.add(List.copyOf(shard));
                shard.clear();
                size = 0;
            }
            shard.add(tensor);
            size += tensor.sizeBytes();
        }
        shards.add(List.copyOf(shard));
        return new ShardPlan(stem, shards, metadata);
    }

    String fileName(int index) {
        return shards.size() == 1
                ? stem + ".safetensors"
                : "%s-%05d-of-%05d.safetensors".formatted(stem, index + 1, shards.size());
    }

    boolean contains(String name) {
        return shards.stream().flatMap(List::stream).anyMatch(tensor -> tensor.name().equals(name));
    }

    /**
     * The files, each as it will be.
     *
     * @return in the order of their names
     */
    public List<File> files() {
        return IntStream.range(0, shards.size()).mapToObj(index -> {
            List<TensorSpec> tensors = shards.get(index);
            FileLayout layout = FileLayout.of(tensors, metadata);
            List<TensorSpec> byPlace = IntStream.range(0, tensors.size()).boxed()
                    .sorted(Comparator.comparingLong(i -> layout.begins()[i])).map(tensors::get).toList();
            return new File(fileName(index), layout.header(), byPlace);
        }).toList();
    }

    /**
     * What the index is called.
     *
     * @return as {@code diffusion_pytorch_model.safetensors.index.json}
     */
    public String indexName() {
        return stem + ".safetensors.index.json";
    }

    /**
     * The index: the total size and, by tensor, the name of its file.
     *
     * @return its bytes; empty if there is one file only, which has none
     */
    public Optional<byte[]> index() {
        if (shards.size() == 1) return Optional.empty();
        var bytes = new ByteArrayOutputStream();
        try (JsonGenerator json = new JsonFactory().createGenerator(ObjectWriteContext.empty(), bytes)) {
            json.writeStartObject();
            json.writeName("metadata").writeStartObject();
            json.writeNumberProperty("total_size",
                    shards.stream().flatMap(List::stream).mapToLong(TensorSpec::sizeBytes).sum());
            json.writeEndObject();
            json.writeName("weight_map").writeStartObject();
            for (int i = 0; i < shards.size(); i++) {
                for (TensorSpec tensor : shards.get(i)) {
                    json.writeStringProperty(tensor.name(), fileName(i));
                }
            }
            json.writeEndObject().writeEndObject();
        }
        return Optional.of(bytes.toByteArray());
    }
}
