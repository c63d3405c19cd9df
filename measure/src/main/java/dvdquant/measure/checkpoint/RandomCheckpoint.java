package dvdquant.measure.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.measure.checkpoint.Architecture.Companion;
import dvdquant.measure.checkpoint.Architecture.OfDemo;
import dvdquant.measure.checkpoint.Architecture.Settings;
import dvdquant.measure.checkpoint.RandomTensors.RandomTensor;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.diffusion.ModelRecipe;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * A model with the shapes of a real one and random weights: N(0, 0.02), and 1 + N(0, 0.02) for the gains of norms. The same
 * architecture, type and seed give the same bytes; a tensor's values depend on the seed, its component and its name only.
 *
 * @param components names of the parts that are written; the scheduler always is, a tokenizer with its text encoder
 * @param type BF16 or F32, of all tensors but those that diffusers keeps in F32
 * @param demo the family's demo model, whose tokenizers are copied
 */
public record RandomCheckpoint(Architecture architecture, Set<String> components, ElementType type, long seed,
        Path demo) {
    private static final JsonMapper MAPPER = JsonMapper.builder().enable(SerializationFeature.INDENT_OUTPUT).build();
    private static final int PART_BYTES = 4 << 20;
    private static final long ROOM_FOR_SMALL_FILES = 16 << 20;

    public RandomCheckpoint {
        components = Set.copyOf(components);
        for (String component : components) {
            if (!architecture.names().contains(component)) {
                throw new InputException(
                        "--components " + component + ", expected of " + String.join(", ", architecture.names()));
            }
        }
    }

    /** All of it. */
    public static RandomCheckpoint whole(Architecture architecture, ElementType type, long seed, Path demo) {
        return new RandomCheckpoint(architecture, Set.copyOf(architecture.names()), type, seed, demo);
    }

    /** Told how far writing is. */
    @FunctionalInterface
    public interface Progress {
        /** @param total bytes of all that is written as it is */
        void written(long bytes, long total);
    }

    private List<Part> parts() {
        return architecture.parts().stream().filter(part -> components.contains(part.name())).toList();
    }

    /** Of all tensors. */
    public long sizeBytes() {
        return sizeBytes(parts());
    }

    private long sizeBytes(List<Part> parts) {
        return parts.stream().flatMap(part -> part.tensors(type).stream()).mapToLong(TensorSpec::sizeBytes).sum();
    }

    /**
     * Writes the model folder; it appears when it is complete.
     *
     * @param progress told the bytes written so far, after each few megabytes, and of how many
     * @throws InputException if {@code target} is there and not empty, or the disk is too small or fails
     */
    public void write(Path target, Progress progress) {
        requireDisk(target, sizeBytes());
        try (var staged = StagedPath.folderBeside(target)) {
            writeSettings(staged.path());
            writeWeights(parts(), staged.path(), progress);
            staged.commit();
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    /**
     * Writes what {@code quantize} would make of the folder that {@link #write} gives: the same tensors, if perhaps in another order. The weights
     * that are quantized lie nowhere in full precision: their rows are made when it is their turn.
     *
     * @param method of all transformers
     * @param threads to quantize with
     * @param quantized told how far those are
     * @param others asked for when the other parts are begun; told of them as {@link #write}
     * @return what the quantized parts take
     * @throws InputException as {@link #write}, or if there is nothing to quantize
     */
    public CheckpointSize writeQuantized(Path target, Recipe method, int threads, Quantizer.Progress quantized,
            Supplier<Progress> others) {
        requireTransformer();
        try (var staged = StagedPath.folderBeside(target); var settings = StagedPath.folderBeside(target)) {
            writeSettings(settings.path());
            ModelRecipe recipe = Pipelines.recipe(settings.path(), method);
            List<Part> unquantized = parts().stream().filter(part -> !recipe.layers().containsKey(part.name()))
                    .toList();
            requireDisk(target, sizeBytes(unquantized) + quantizedBytes(recipe));
            CheckpointSize size = new Quantizer(recipe.recipe(), recipe.layers(), Optional.empty(), this::open, threads,
                    false).run(settings.path(), staged.path(), quantized);
            writeWeights(unquantized, staged.path(), others.get());
            staged.commit();
            return size;
        } catch (IOException e) {
            throw failure(target, e);
        }
    }

    private void requireTransformer() {
        if (components.contains(DiffusionModel.TRANSFORMER)) return;
        throw new InputException("--components " + String.join(",", components)
                + ": has nothing that is quantized, expected " + DiffusionModel.TRANSFORMER + " among them");
    }

    private long quantizedBytes(ModelRecipe recipe) {
        long bytes = 0;
        for (var component : recipe.layers().entrySet()) {
            for (TensorSpec tensor : part(component.getKey()).tensors(type)) {
                bytes += TensorLayout.layerOf(tensor.name()).filter(component.getValue()::selects)
                        .map(layer -> recipe.recipe().of(layer).size(tensor.shape()).bytes())
                        .orElse(tensor.sizeBytes());
            }
        }
        return bytes;
    }

    private static void requireDisk(Path target, long bytes) {
        DiskSpace.require(target, bytes + ROOM_FOR_SMALL_FILES, DiskSpace.usableBytes(target));
    }

    private static InputException failure(Path target, IOException e) {
        return new InputException("cannot write " + target + ": " + Reasons.of(e), e);
    }

    private Part part(String name) {
        return architecture.parts().stream().filter(part -> part.name().equals(name)).findFirst().orElseThrow();
    }

    private RandomTensors open(Path folder) {
        return RandomTensors.of(part(folder.getFileName().toString()), type, seed, folder);
    }

    /** All but the weights. */
    private void writeSettings(Path folder) throws IOException {
        List<Companion> companions = architecture.companions().stream()
                .filter(companion -> components.contains(companion.with())).toList();
        write(folder.resolve("model_index.json"), architecture.index(parts(), companions));
        Files.createDirectory(folder.resolve("scheduler"));
        write(folder.resolve("scheduler/scheduler_config.json"), architecture.scheduler());
        for (Companion companion : companions) {
            Path place = folder.resolve(companion.name());
            switch (companion) {
                case OfDemo copied -> copy(demo.resolve(copied.name()), place);
                case Settings made -> write(Files.createDirectory(place).resolve(made.file()), made.contents());
            }
        }
        for (Part part : parts()) {
            write(Files.createDirectory(folder.resolve(part.name())).resolve("config.json"), part.config());
        }
    }

    private static void copy(Path from, Path to) throws IOException {
        if (!Files.exists(from)) {
            throw new InputException(from + ": no such file or folder, expected the demo model's");
        }
        Files.copy(from, to);
        if (!Files.isDirectory(from)) return;
        for (Path file : Folders.list(from)) {
            if (Files.isRegularFile(file)) Files.copy(file, to.resolve(file.getFileName().toString()));
        }
    }

    private static void write(Path file, Map<String, Object> contents) throws IOException {
        Files.writeString(file, MAPPER.writeValueAsString(contents) + "\n");
    }

    private void writeWeights(List<Part> parts, Path folder, Progress progress) {
        long total = sizeBytes(parts);
        long written = 0;
        for (Part part : parts) {
            long before = written;
            written += writeWeights(part, folder.resolve(part.name()),
                    bytes -> progress.written(before + bytes, total));
        }
    }

    /** @return the number of bytes written */
    private long writeWeights(Part part, Path folder, LongConsumer progress) {
        long written = 0;
        try (var arena = Arena.ofConfined();
                var tensors = open(folder);
                var writer = ShardedSafetensorsWriter.create(folder, part.stem(), part.tensors(type),
                        Map.of("format", "pt"), ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
            MemorySegment buffer = arena.allocate(PART_BYTES);
            for (RandomTensor tensor : tensors.tensors().values()) {
                for (long done = 0; done < tensor.sizeBytes(); done += PART_BYTES) {
                    MemorySegment piece = buffer.asSlice(0, Math.min(PART_BYTES, tensor.sizeBytes() - done));
                    tensor.table().fill(piece, tensor.stream(), done / tensor.type().sizeBytes());
                    writer.write(tensor.name(), piece);
                    written += piece.byteSize();
                    progress.accept(written);
                }
            }
            writer.commit();
        }
        return written;
    }
}
