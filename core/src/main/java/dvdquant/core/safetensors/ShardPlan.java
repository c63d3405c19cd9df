package dvdquant.core.safetensors;

import dvdquant.core.io.StagedPath;
import tools.jackson.core.JsonGenerator;
import tools.jackson.core.ObjectWriteContext;
import tools.jackson.core.json.JsonFactory;

import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** Which tensors share a file: as many as fit, in their order; one that is larger than the limit has a file of its own. */
record ShardPlan(List<List<TensorSpec>> shards) {
    static ShardPlan of(List<TensorSpec> tensors, long maxShardBytes) {
        if (maxShardBytes < 1) throw new IllegalArgumentException("shards of at most " + maxShardBytes + " bytes");
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
        return new ShardPlan(List.copyOf(shards));
    }

    String fileName(String stem, int index) {
        return shards.size() == 1
                ? stem + ".safetensors"
                : "%s-%05d-of-%05d.safetensors".formatted(stem, index + 1, shards.size());
    }

    boolean contains(String name) {
        return shards.stream().flatMap(List::stream).anyMatch(tensor -> tensor.name().equals(name));
    }

    /** Writes {@code STEM.safetensors.index.json}: the total size and, by tensor, the name of its file. */
    void writeIndex(Path folder, String stem) {
        StagedPath.write(folder.resolve(stem + ".safetensors.index.json"), index(stem));
    }

    private byte[] index(String stem) {
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
                    json.writeStringProperty(tensor.name(), fileName(stem, i));
                }
            }
            json.writeEndObject().writeEndObject();
        }
        return bytes.toByteArray();
    }
}
