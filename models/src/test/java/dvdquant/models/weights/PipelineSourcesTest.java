package dvdquant.models.weights;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.core.testing.Seeds;
import dvdquant.core.video.Video;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Cancellation;
import dvdquant.models.pipeline.GenerationRequest;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.LoadOptions;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.pipeline.PipelineListener;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** A clip by a model whose tensors come from elsewhere, all of its parts, is the one by a model whose files hold them. */
@NoLeaks
class PipelineSourcesTest {
    private static final String PREFIX = "model.";
    /** Of each component, one that is read as floats and one that is not a matrix. */
    private static final Set<String> UPDATED = Set.of("blocks.0.ffn.net.2.weight", "patch_embedding.weight",
            "encoder.block.1.layer.0.SelfAttention.q.weight", "decoder.conv_in.weight", "shared.weight");

    @TempDir
    Path folder;

    private static TensorSource updated(Path component) {
        return ChangedTensors.of(Checkpoint.open(component), tensor -> Stream.of(UPDATED.contains(tensor.name())
                ? new ChangedTensors.Updated(tensor, 0.01f, 0.5f)
                : tensor));
    }

    private static TensorSource prefixed(Path component) {
        return ChangedTensors.of(Checkpoint.open(component),
                tensor -> Stream.of(new ChangedTensors.Renamed(tensor, PREFIX + tensor.name())));
    }

    private static TensorSource withoutPrefix(Path component) {
        return ChangedTensors.of(Checkpoint.open(component), tensor -> Stream
                .of(new ChangedTensors.Renamed(tensor, tensor.name().substring(PREFIX.length()))));
    }

    /** The demo model with other weights in its files. */
    private Path model(TensorSource.Opener sources) throws IOException {
        Path model = folder.resolve("other");
        try (Stream<Path> files = Files.walk(Golden.MODEL)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = model.resolve(Golden.MODEL.relativize(file));
                Files.createDirectories(copy.getParent());
                if (file.toString().endsWith(".safetensors")) write(sources.open(file.getParent()), copy);
                else
                    Files.copy(file, copy);
            }
        }
        return model;
    }

    private static void write(TensorSource tensors, Path file) throws IOException {
        List<TensorSpec> specs = tensors.tensors().values().stream()
                .map(tensor -> new TensorSpec(tensor.name(), tensor.type(), tensor.shape())).toList();
        try (tensors; var writer = SafetensorsWriter.create(file, specs, Map.of()); var memory = Arena.ofConfined()) {
            for (SourceTensor tensor : tensors.tensors().values()) {
                writer.write(tensor.name(), tensor.bytes(memory));
            }
            writer.commit();
        }
    }

    private static Video clip(Path model, TensorSource.Opener sources) {
        try (var pipeline = Pipelines.open(model, LoadOptions.defaults().withSources(sources))) {
            GenerationRequest request = pipeline.request("a small blue ring grows").withSteps(2).withSize(5, 64, 64)
                    .withSeed(3);
            return pipeline.generate(request, PipelineListener.NONE, new Cancellation());
        }
    }

    private static void requireSame(Video one, Video other) {
        assertThat(one.frames()).usingElementComparator(Arrays::compare)
                .containsExactlyElementsOf(other.frames());
    }

    @Test
    void renamedTensorsMakeTheSameClip() throws IOException {
        Path renamed = model(PipelineSourcesTest::prefixed);
        requireSame(clip(renamed, PipelineSourcesTest::withoutPrefix), clip(Golden.MODEL, Checkpoint::open));
        assertThatThrownBy(() -> clip(renamed, Checkpoint::open)).isInstanceOf(InputException.class)
                .hasMessageContaining(PREFIX);
    }

    @Test
    void anUpdateMakesTheClipOfAModelThatHasItInItsFiles() throws IOException {
        Video merged = clip(Golden.MODEL, PipelineSourcesTest::updated);
        requireSame(merged, clip(model(PipelineSourcesTest::updated), Checkpoint::open));
        assertThat(merged.frames().getLast()).isNotEqualTo(clip(Golden.MODEL, Checkpoint::open).frames().getLast());
    }

    @Test
    void theDecoderAloneReadsThemToo() throws IOException {
        Path renamed = model(PipelineSourcesTest::prefixed);
        var options = LoadOptions.defaults().withSources(PipelineSourcesTest::withoutPrefix);
        try (var own = Pipelines.openDecoder(renamed, options);
                var plain = Pipelines.openDecoder(Golden.MODEL, LoadOptions.defaults())) {
            Shape shape = Shape.of(1, 16, 2, 8, 8);
            var latents = new Latents(shape, Seeds.gaussian(5, 16 * 2 * 8 * 8));
            requireSame(own.decode(latents, PipelineListener.NONE, new Cancellation()),
                    plain.decode(latents, PipelineListener.NONE, new Cancellation()));
        }
    }

    /** The system cannot take back pages that no file has. */
    @Test
    void weightsThatAreMadeAsTheyAreReadArePlannedForAsSuch() {
        assertThat(mapsWeights(Checkpoint::open)).isTrue();
        assertThat(mapsWeights(component -> ChangedTensors.of(Checkpoint.open(component),
                tensor -> Stream.of(new ChangedTensors.Updated(tensor, 0, 0))))).isFalse();
    }

    private static boolean mapsWeights(TensorSource.Opener sources) {
        try (var pipeline = Pipelines.open(Golden.MODEL,
                LoadOptions.defaults().withDtype(ElementType.BF16).withSources(sources))) {
            return pipeline.plan(pipeline.request("a circle")).phases().stream()
                    .flatMap(phase -> phase.needs().stream())
                    .filter(need -> need.name().startsWith("the transformer's weights")).allMatch(Need::ofFile);
        }
    }
}
