package dvdquant.evaluate.store;

import dvdquant.core.InputException;
import dvdquant.core.contents.Contents;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.json.JsonFile;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.Latents;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SequencedMap;

/**
 * A clip's folder in the store: {@code latents.safetensors} and {@code sampling.json} once it is sampled, {@code clip.mp4} and
 * {@code measured.json} once it is measured; of a reference also {@code frames.safetensors}, its pixels, and of a path that was
 * followed {@code path.safetensors}, the latents after each step.
 */
public final class StoredClip {
    private static final String FRAMES = "frames";
    /** In {@code measured.json}: what stands in {@code clip.mp4}. */
    private static final String CLIP = "clip";

    private final Path folder;
    private final Fingerprint fingerprint;

    StoredClip(Path folder, Fingerprint fingerprint) {
        this.folder = folder;
        this.fingerprint = fingerprint;
    }

    /** For a player; there once the clip is measured. */
    public Path file() {
        return folder.resolve("clip.mp4");
    }

    /** Keeps latents, and then that they are complete. */
    public void sampled(Latents latents, List<Latents> path, SamplingRecord record) {
        if (!path.isEmpty()) writePath(path);
        latents.write(latentsFile(), Map.of("made_from", fingerprint.text()));
        StoredJson.write(folder.resolve("sampling.json"), fingerprint, ClipJson.of(record));
    }

    /** Empty unless the clip is sampled. */
    public Optional<SamplingRecord> sampling() {
        return StoredJson.read(folder.resolve("sampling.json"), fingerprint, ClipJson::sampling);
    }

    /** Empty unless the clip is sampled. */
    public Optional<Latents> latents() {
        if (sampling().isEmpty()) return Optional.empty();
        try {
            return Optional.of(Latents.read(latentsFile()));
        } catch (InputException _) {
            return Optional.empty(); // damaged: sampled again
        }
    }

    /** Keeps what was measured; the files of the clip are there by then. */
    public void measured(Measured measured, Fingerprint measuring) {
        SequencedMap<String, Object> json = ClipJson.of(measured);
        json.put(CLIP, Contents.of(file()));
        StoredJson.write(folder.resolve("measured.json"), fingerprint.with(measuring), json);
    }

    /**
     * Empty unless the clip is measured, and its file still what it was then.
     *
     * @param measuring what else the measurements depend on
     */
    public Optional<Measured> measured(Fingerprint measuring) {
        if (!Files.isRegularFile(file())) return Optional.empty();
        return StoredJson.read(folder.resolve("measured.json"), fingerprint.with(measuring), this::measured);
    }

    private Measured measured(JsonFile json) {
        if (!json.text(CLIP).equals(Contents.of(file()))) throw json.unexpected(CLIP, Contents.of(file()));
        return ClipJson.measured(json);
    }

    /** Keeps a reference's pixels: what others are held against must not have gone through a video codec. */
    public void keepFrames(Video video) {
        var shape = Shape.of(video.frames().size(), video.height(), video.width(), 3);
        try (var writer = SafetensorsWriter.create(framesFile(), List.of(new TensorSpec(FRAMES, ElementType.U8, shape)),
                Map.of())) {
            video.frames().forEach(frame -> writer.write(FRAMES, MemorySegment.ofArray(frame)));
            writer.commit();
        }
    }

    /** Whether the pixels were kept, and the file is whole. */
    public boolean hasFrames() {
        try (var file = SafetensorsFile.open(framesFile())) {
            return file.tensors().containsKey(FRAMES);
        } catch (InputException _) {
            return false; // missing or cut short: made again
        }
    }

    /** @throws InputException if they were not kept, or the file is damaged */
    public Video requireFrames() {
        try (var file = SafetensorsFile.open(framesFile())) {
            var stored = file.tensor(FRAMES);
            Shape shape = stored.shape();
            if (stored.type() != ElementType.U8 || shape.rank() != 4 || shape.dim(3) != 3) {
                throw new InputException(framesFile() + ": tensor '" + FRAMES + "' is " + stored.type() + " " + shape
                        + ", expected U8 [frames, height, width, 3]; remove the folder to have it made again");
            }
            long frameBytes = 3 * shape.dim(1) * shape.dim(2);
            var frames = new ArrayList<byte[]>();
            for (int i = 0; i < shape.dim(0); i++) {
                frames.add(stored.data().asSlice(i * frameBytes, frameBytes).toArray(ValueLayout.JAVA_BYTE));
            }
            return new Video((int) shape.dim(2), (int) shape.dim(1), frames);
        }
    }

    /** @throws InputException if the clip is not sampled, or the file is damaged */
    public Latents requireLatents() {
        return Latents.read(latentsFile());
    }

    private void writePath(List<Latents> path) {
        var specs = new ArrayList<TensorSpec>();
        for (int i = 0; i < path.size(); i++) {
            specs.add(new TensorSpec(stepName(i), ElementType.F32, path.get(i).shape()));
        }
        try (var writer = SafetensorsWriter.create(pathFile(), specs, Map.of())) {
            for (int i = 0; i < path.size(); i++) {
                try (Arena arena = Arena.ofConfined()) {
                    writer.write(stepName(i), arena.allocateFrom(ValueLayout.JAVA_FLOAT, path.get(i).values()));
                }
            }
            writer.commit();
        }
    }

    /** The values after each step; empty unless the path was followed and can be read. */
    public List<float[]> path() {
        try (var file = SafetensorsFile.open(pathFile())) {
            var values = new ArrayList<float[]>();
            while (file.tensors().containsKey(stepName(values.size()))) {
                values.add(file.tensor(stepName(values.size())).data().toArray(ValueLayout.JAVA_FLOAT_UNALIGNED));
            }
            return values;
        } catch (InputException | IllegalArgumentException | IllegalStateException _) {
            return List.of(); // damaged or missing: the chart of the error over the steps is left out
        }
    }

    private static String stepName(int step) {
        return "step." + step;
    }

    private Path latentsFile() {
        return folder.resolve("latents.safetensors");
    }

    private Path framesFile() {
        return folder.resolve("frames.safetensors");
    }

    private Path pathFile() {
        return folder.resolve("path.safetensors");
    }
}
