package dvdquant.models.testing;

import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSpec;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** Copies of a component whose tensors are called otherwise. */
public final class RenamedCheckpoint {
    private RenamedCheckpoint() {}

    /** @param name of each tensor in the copy; empty if it is left out */
    public static Path write(Path component, Path folder, Function<String, Optional<String>> name) {
        return write(component, folder, name, ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES);
    }

    /** With the same names, in shards of so many bytes. */
    public static Path shard(Path component, Path folder, long shardBytes) {
        return write(component, folder, Optional::of, shardBytes);
    }

    private static Path write(Path component, Path folder, Function<String, Optional<String>> name, long shardBytes) {
        try (var source = Checkpoint.open(component)) {
            Files.createDirectories(folder);
            Files.copy(component.resolve("config.json"), folder.resolve("config.json"));
            List<SourceTensor> kept = source.tensors().values().stream().<SourceTensor>map(tensor -> tensor)
                    .filter(tensor -> name.apply(tensor.name()).isPresent()).toList();
            List<TensorSpec> specs = kept.stream()
                    .map(tensor -> new TensorSpec(name.apply(tensor.name()).get(), tensor.type(), tensor.shape()))
                    .toList();
            try (var writer = ShardedSafetensorsWriter.create(folder, "model", specs, Map.of(), shardBytes)) {
                for (SourceTensor tensor : kept) {
                    writer.write(name.apply(tensor.name()).get(), tensor.raw().orElseThrow());
                }
                writer.commit();
            }
            return folder;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Writes a component's configuration again, with a text of it replaced. */
    public static void configure(Path folder, String text, String replacement) {
        Path config = folder.resolve("config.json");
        try {
            String json = Files.readString(config);
            if (!json.contains(text)) throw new IllegalArgumentException("not in " + config + ": " + text);
            Files.writeString(config, json.replace(text, replacement));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
