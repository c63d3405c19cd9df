package dvdquant.models.weights;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.LayerPart;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;
import dvdquant.core.quantize.Recipe;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsWriter;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;
import dvdquant.models.Pipelines;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.testing.Golden;
import dvdquant.models.wan.WanConfig;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

import static org.assertj.core.api.Assertions.assertThat;

/** A model whose tensors come from elsewhere gives what a model gives whose files hold them. */
@NoLeaks
class TensorSourceTest {
    private static final String FILE = "transformer/diffusion_pytorch_model.safetensors";
    private static final String QUANTIZED = "blocks.1.attn1.to_q.weight";
    private static final List<String> UPDATED = List.of(QUANTIZED, "blocks.1.attn1.to_q.bias", "proj_out.weight",
            "patch_embedding.weight", "condition_embedder.time_proj.bias");
    private static final List<String> SPLIT = List.of("blocks.0.attn1.to_k.weight", "blocks.0.attn1.to_v.weight");

    @TempDir
    Path folder;

    private static TensorSource updated(Path transformer) {
        return ChangedTensors.of(Checkpoint.open(transformer), tensor -> Stream.of(UPDATED.contains(tensor.name())
                ? new ChangedTensors.Updated(tensor, 0.01f, 0.5f)
                : tensor));
    }

    private static TensorSource split(Path transformer) {
        return ChangedTensors.of(Checkpoint.open(transformer), tensor -> tensor.name().equals("stacked")
                ? ChangedTensors.Rows.halves(tensor, SPLIT)
                : Stream.of(tensor));
    }

    /** A model whose transformer's file holds these tensors. */
    private Path model(String name, TensorSource tensors) throws IOException {
        Path model = Files.createDirectories(folder.resolve(name).resolve("transformer")).getParent();
        Files.copy(Golden.MODEL.resolve("transformer/config.json"), model.resolve("transformer/config.json"));
        List<TensorSpec> specs = tensors.tensors().values().stream()
                .map(tensor -> new TensorSpec(tensor.name(), tensor.type(), tensor.shape())).toList();
        try (tensors;
                var writer = SafetensorsWriter.create(model.resolve(FILE), specs, Map.of());
                var memory = Arena.ofConfined()) {
            for (SourceTensor tensor : tensors.tensors().values()) {
                writer.write(tensor.name(), tensor.bytes(memory));
            }
            writer.commit();
        }
        return model;
    }

    /** The demo model's tensors, two of them one below the other. */
    private Path stacked() throws IOException {
        var base = Checkpoint.open(Golden.MODEL.resolve("transformer"));
        TensorSource stacked = ChangedTensors.of(base, tensor -> SPLIT.contains(tensor.name())
                ? Stream.of(tensor).filter(t -> t.name().equals(SPLIT.getFirst()))
                        .map(t -> new Stacked(t, base.tensor(SPLIT.getLast())))
                : Stream.of(tensor));
        return model("stacked", stacked);
    }

    private Path quantize(Path model, TensorSource.Opener sources, Recipe recipe, String name) {
        Path target = folder.resolve(name);
        new Quantizer(recipe, Pipelines.quantizedLayers(model), Optional.empty(), sources, 2, true).run(model, target,
                (_, _) -> {});
        return target.resolve(FILE);
    }

    @ParameterizedTest
    @EnumSource(names = {"DVD_QUANT", "QUAROT"})
    void anUpdateIsQuantizedAsIfItWereInTheFile(Method method) throws IOException {
        Path file = model("file", updated(Golden.MODEL.resolve("transformer")));
        Recipe recipe = method.recipe(4).withLowRank(2);
        Path plain = quantize(Golden.MODEL.toAbsolutePath(), Checkpoint::open, recipe, "plain");
        Path merged = quantize(Golden.MODEL.toAbsolutePath(), TensorSourceTest::updated, recipe, "merged");
        requireSame(merged, quantize(file, Checkpoint::open, recipe, "expected"));
        try (var a = Checkpoint.open(merged.getParent()); var b = Checkpoint.open(plain.getParent())) {
            String codes = LayerPart.CODES.of(TensorLayout.layerOf(QUANTIZED).orElseThrow());
            assertThat(a.tensor(codes).data().mismatch(b.tensor(codes).data())).isNotNegative();
        }
    }

    @Test
    void aSplitTensorIsQuantizedAsIfItWereTwo() throws IOException {
        Recipe recipe = Method.DVD_QUANT.recipe(4);
        Path split = quantize(stacked(), TensorSourceTest::split, recipe, "split");
        Path expected = quantize(Golden.MODEL.toAbsolutePath(), Checkpoint::open, recipe, "expected");
        requireSame(split, expected);
    }

    /** The same tensors, in whatever order. */
    private static void requireSame(Path one, Path other) {
        try (var a = Checkpoint.open(one.getParent()); var b = Checkpoint.open(other.getParent())) {
            assertThat(a.tensors().keySet()).isEqualTo(b.tensors().keySet());
            b.tensors().forEach((name, tensor) -> {
                assertThat(a.tensor(name).type()).as(name).isEqualTo(tensor.type());
                assertThat(a.tensor(name).data().mismatch(tensor.data())).as(name).isEqualTo(-1);
            });
        }
    }

    @ParameterizedTest
    @EnumSource(names = {"F32", "BF16"})
    void anUpdatedLayerComputesAsIfItWereInTheFile(ElementType type) throws IOException {
        Path file = model("file", updated(Golden.MODEL.resolve("transformer"))).resolve("transformer");
        float[] merged = forward(Golden.MODEL.resolve("transformer"), TensorSourceTest::updated, type);
        assertThat(merged).isEqualTo(forward(file, Checkpoint::open, type));
        assertThat(merged).isNotEqualTo(forward(Golden.MODEL.resolve("transformer"), Checkpoint::open, type));
    }

    private static float[] forward(Path transformer, TensorSource.Opener sources, ElementType type) {
        TensorLayout layout = WanConfig.read(transformer).layout();
        try (var device = CpuDevice.open();
                var files = WeightLoader.open(transformer, layout, sources);
                var _ = TensorScope.open()) {
            files.verify();
            var layers = new LayerLoader(files, type, device, LayerArithmetic.INTEGER, Optional.empty(),
                    Optional.empty());
            var x = new float[3 * 256];
            for (int i = 0; i < x.length; i++) {
                x[i] = i % 11 - 5;
            }
            String layer = TensorLayout.layerOf(QUANTIZED).orElseThrow();
            return layers.linear(layer).forward(Tensor.ofFloats(x, 3, 256).to(type), new Compute(device.kernels()))
                    .toFloats();
        }
    }

    /** Two tensors of one shape, one below the other. */
    private record Stacked(SourceTensor upper, SourceTensor lower) implements SourceTensor {
        @Override
        public String name() {
            return "stacked";
        }

        @Override
        public ElementType type() {
            return upper.type();
        }

        @Override
        public Shape shape() {
            return Shape.of(upper.rows() + lower.rows(), upper.shape().dim(1));
        }

        @Override
        public Path file() {
            return upper.file();
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void read(long row, float[] into) {
            if (row < upper.rows()) upper.read(row, into);
            else
                lower.read(row - upper.rows(), into);
        }

        @Override
        public void release() {}

        @Override
        public void prefetch() {}
    }
}
