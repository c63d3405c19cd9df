package dvdquant.measure.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.measure.checkpoint.Architecture.Companion;
import tools.jackson.databind.SerializationFeature;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

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
    private static final double DEVIATION = 0.02;
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

    private List<Part> parts() {
        return architecture.parts().stream().filter(part -> components.contains(part.name())).toList();
    }

    /** Of all tensors. */
    public long sizeBytes() {
        return parts().stream().flatMap(part -> part.tensors(type).stream())
                .mapToLong(TensorSpec::sizeBytes).sum();
    }

    /**
     * Writes the model folder; it appears when it is complete.
     *
     * @param progress told the bytes written so far, after each few megabytes
     * @throws InputException if {@code target} is there and not empty, or the disk is too small or fails
     */
    public void write(Path target, LongConsumer progress) {
        DiskSpace.require(target, sizeBytes() + ROOM_FOR_SMALL_FILES, DiskSpace.usableBytes(target));
        try (var staged = StagedPath.folderBeside(target)) {
            Path folder = staged.path();
            List<Companion> companions = architecture.companions().stream()
                    .filter(companion -> components.contains(companion.with())).toList();
            write(folder.resolve("model_index.json"), architecture.index(parts(), companions));
            Files.createDirectory(folder.resolve("scheduler"));
            write(folder.resolve("scheduler/scheduler_config.json"), architecture.scheduler());
            for (Companion companion : companions) {
                copy(demo.resolve(companion.name()), folder.resolve(companion.name()));
            }
            long written = 0;
            for (Part part : parts()) {
                long before = written;
                written += write(part, folder.resolve(part.name()), bytes -> progress.accept(before + bytes));
            }
            staged.commit();
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
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

    /** @return the number of bytes written */
    private long write(Part part, Path folder, LongConsumer progress) throws IOException {
        Files.createDirectory(folder);
        write(folder.resolve("config.json"), part.config());
        var tensors = part.tensors(type);
        var tables = new Tables();
        long written = 0;
        try (var arena = Arena.ofConfined();
                var writer = ShardedSafetensorsWriter.create(folder, part.stem(), tensors,
                        Map.of("format", "pt"), ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
            MemorySegment buffer = arena.allocate(PART_BYTES);
            for (TensorSpec tensor : tensors) {
                NormalTable table = tables.of(tensor);
                long stream = stream(part, tensor.name());
                for (long done = 0; done < tensor.sizeBytes(); done += PART_BYTES) {
                    MemorySegment piece = buffer.asSlice(0, Math.min(PART_BYTES, tensor.sizeBytes() - done));
                    table.fill(piece, stream, done / tensor.type().sizeBytes());
                    writer.write(tensor.name(), piece);
                    written += piece.byteSize();
                    progress.accept(written);
                }
            }
            writer.commit();
        }
        return written;
    }

    /** Where a tensor's values begin in the sequence of the generator. */
    private long stream(Part part, String tensor) {
        var checksum = new CRC32C();
        checksum.update((part.name() + "/" + tensor).getBytes(StandardCharsets.UTF_8));
        return NormalTable.splitMix(NormalTable.splitMix(seed) + checksum.getValue());
    }

    /** Not the layers that modulate a norm, which are named after it. */
    static boolean isGain(String tensor) {
        return tensor.contains("norm") && !tensor.contains(".linear.")
                && (tensor.endsWith(".weight") || tensor.endsWith(".gamma"));
    }

    /** The distributions that a checkpoint needs. */
    private static final class Tables {
        private final NormalTable weights = new NormalTable(ElementType.BF16, 0, DEVIATION);
        private final NormalTable gains = new NormalTable(ElementType.BF16, 1, DEVIATION);
        private final NormalTable weightsF32 = new NormalTable(ElementType.F32, 0, DEVIATION);
        private final NormalTable gainsF32 = new NormalTable(ElementType.F32, 1, DEVIATION);

        NormalTable of(TensorSpec tensor) {
            boolean gain = isGain(tensor.name());
            if (tensor.type() == ElementType.BF16) return gain ? gains : weights;
            return gain ? gainsF32 : weightsF32;
        }
    }
}
