package dvdquant.measure.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.core.machine.DiskSpace;
import dvdquant.core.safetensors.ShardedSafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.wan.WanArchitecture;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.LongConsumer;
import java.util.zip.CRC32C;

/**
 * A model with the shapes of a real one and random weights: N(0, 0.02), and 1 + N(0, 0.02) for the gains of norms. The same
 * architecture, type and seed give the same bytes; a tensor's values depend on the seed, its component and its name only.
 *
 * @param components that are written; the scheduler always is, the tokenizer with the text encoder
 * @param type BF16 or F32, of all tensors but those that diffusers keeps in F32
 * @param tokenizer a folder whose files are copied, if there is a text encoder
 */
public record RandomCheckpoint(WanArchitecture architecture, Set<Component> components, ElementType type, long seed,
        Path tokenizer) {
    private static final double DEVIATION = 0.02;
    private static final int PART_BYTES = 4 << 20;
    private static final long ROOM_FOR_SMALL_FILES = 16 << 20;

    public RandomCheckpoint {
        components = Set.copyOf(components);
    }

    /** Of all tensors. */
    public long sizeBytes() {
        return components.stream().flatMap(component -> component.tensors(architecture, type).stream())
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
            var sorted = new TreeSet<>(components);
            ConfigFiles.write(folder.resolve("model_index.json"), ConfigFiles.index(sorted));
            Files.createDirectory(folder.resolve("scheduler"));
            ConfigFiles.write(folder.resolve("scheduler/scheduler_config.json"), ConfigFiles.scheduler(architecture));
            if (components.contains(Component.TEXT_ENCODER)) copyTokenizer(folder.resolve("tokenizer"));
            long written = 0;
            for (Component component : sorted) {
                long before = written;
                written += write(component, folder.resolve(component.folder()),
                        bytes -> progress.accept(before + bytes));
            }
            staged.commit();
        } catch (IOException e) {
            throw new InputException("cannot write " + target + ": " + Reasons.of(e), e);
        }
    }

    private void copyTokenizer(Path to) throws IOException {
        if (!Files.isDirectory(tokenizer)) {
            throw new InputException(tokenizer + ": no such folder, expected the demo model's tokenizer");
        }
        Files.createDirectory(to);
        for (Path file : Folders.list(tokenizer)) {
            if (Files.isRegularFile(file)) Files.copy(file, to.resolve(file.getFileName().toString()));
        }
    }

    /** @return the number of bytes written */
    private long write(Component component, Path folder, LongConsumer progress) throws IOException {
        Files.createDirectory(folder);
        ConfigFiles.write(folder.resolve("config.json"), ConfigFiles.of(component, architecture));
        var tensors = component.tensors(architecture, type);
        var tables = new Tables();
        long written = 0;
        try (var arena = Arena.ofConfined();
                var writer = ShardedSafetensorsWriter.create(folder, component.stem(), tensors,
                        Map.of("format", "pt"), ShardedSafetensorsWriter.DEFAULT_SHARD_BYTES)) {
            MemorySegment buffer = arena.allocate(PART_BYTES);
            for (TensorSpec tensor : tensors) {
                NormalTable table = tables.of(tensor);
                long stream = stream(component, tensor.name());
                for (long done = 0; done < tensor.sizeBytes(); done += PART_BYTES) {
                    MemorySegment part = buffer.asSlice(0, Math.min(PART_BYTES, tensor.sizeBytes() - done));
                    table.fill(part, stream, done / tensor.type().sizeBytes());
                    writer.write(tensor.name(), part);
                    written += part.byteSize();
                    progress.accept(written);
                }
            }
            writer.commit();
        }
        return written;
    }

    /** Where a tensor's values begin in the sequence of the generator. */
    private long stream(Component component, String tensor) {
        var checksum = new CRC32C();
        checksum.update((component.folder() + "/" + tensor).getBytes(StandardCharsets.UTF_8));
        return NormalTable.splitMix(NormalTable.splitMix(seed) + checksum.getValue());
    }

    static boolean isGain(String tensor) {
        return tensor.contains("norm") && (tensor.endsWith(".weight") || tensor.endsWith(".gamma"));
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
