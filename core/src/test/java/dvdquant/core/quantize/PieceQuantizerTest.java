package dvdquant.core.quantize;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.RangedCheckpoint;
import dvdquant.core.safetensors.ShardPlan;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.safetensors.TensorSpec;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** The demo model's transformer, piece by piece, in any order, from mapped files and from ranges, against the same by {@link Quantizer}. */
class PieceQuantizerTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root", "")).resolve("demo/tiny-wan");
    private static final Path TRANSFORMER = MODEL.resolve("transformer");
    private static final LayerSelection LAYERS = LayerSelection.of("blocks\\.\\d+\\.attn[12]\\.to_(q|k|v|out\\.0)",
            "blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)");
    private static final TreeMap<String, LayerSelection> COMPONENTS = new TreeMap<>(Map.of("transformer", LAYERS));
    /** Fewer than a layer's, so that most are divided. */
    private static final long FEW_WEIGHTS = 30_000;

    @TempDir
    Path folder;

    private final ExecutorService threads = Executors.newFixedThreadPool(2);

    @AfterEach
    void close() {
        threads.close();
    }

    @ParameterizedTest
    @EnumSource
    void makesTheSameBytes(Method method) throws IOException {
        Recipe recipe = method.recipe(4);
        Optional<CalibrationData> calibration = recipe.needsCalibration() ? Optional.of(seen()) : Optional.empty();
        Path whole = folder.resolve("whole");
        new Quantizer(recipe, COMPONENTS, calibration, 2, true).run(MODEL.toAbsolutePath(), whole, (_, _) -> {});

        ComponentPlan plan = ComponentPlan.of(recipe, COMPONENTS, Checkpoint::open, MODEL).getFirst();
        var random = new Random(method.ordinal());
        try (var source = method.ordinal() % 2 == 0 ? Checkpoint.open(TRANSFORMER) : ranged()) {
            byte[] made = assembled(plan, pieces(plan, source, calibration, random));
            assertThat(made).isEqualTo(
                    Files.readAllBytes(whole.resolve("transformer/diffusion_pytorch_model.safetensors")));
        }
        assertThat(plan.config()).isEqualTo(Files.readString(whole.resolve("transformer/config.json")));
        assertThat(plan.files().index()).isEmpty();
    }

    private static CalibrationData seen() {
        var maxima = new HashMap<String, float[]>();
        var random = new Random(0);
        try (var source = Checkpoint.open(TRANSFORMER)) {
            for (SourceTensor tensor : source.tensors().values()) {
                TensorLayout.layerOf(tensor.name()).filter(LAYERS::selects).ifPresent(layer -> {
                    var inputs = new float[tensor.columns()];
                    // layers that read the same input saw the same of it
                    boolean shares = layer.endsWith("to_k") || layer.endsWith("to_v");
                    for (int k = 0; k < inputs.length; k++) {
                        inputs[k] = shares ? 1 + k % 7 : random.nextFloat(8);
                    }
                    maxima.put(layer, inputs);
                });
            }
        }
        return new CalibrationData(Map.of("transformer", new ChannelMaxima(maxima)));
    }

    private static TensorSource ranged() {
        return RangedCheckpoint.open(TRANSFORMER, new RangedCheckpoint.RangedFiles() {
            @Override
            public OptionalLong size(Path file) {
                try {
                    return Files.exists(file) ? OptionalLong.of(Files.size(file)) : OptionalLong.empty();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }

            @Override
            public void read(Path file, long position, byte[] into) {
                try (var open = new RandomAccessFile(file.toFile(), "r")) {
                    open.seek(position);
                    open.readFully(into);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        });
    }

    /** What each piece makes, by tensor, though they are worked on in any order. */
    private Map<String, byte[]> pieces(ComponentPlan plan, TensorSource source, Optional<CalibrationData> calibration,
            Random random) {
        List<Piece> pieces = plan.pieces(FEW_WEIGHTS);
        assertThat(pieces.stream().mapToLong(Piece::weights).sum()).isEqualTo(plan.elements());
        var order = new ArrayList<>(pieces);
        Collections.shuffle(order, random);
        var quantizer = new PieceQuantizer(source, plan.format(), calibration.map(data -> data.of("transformer")),
                new RowTasks(threads));
        var made = new HashMap<Piece, Map<String, byte[]>>();
        for (Piece piece : order) {
            try (var memory = Arena.ofShared()) {
                var bytes = new HashMap<String, byte[]>();
                quantizer.work(piece, memory)
                        .forEach(one -> bytes.put(one.tensor(), one.bytes().toArray(ValueLayout.JAVA_BYTE)));
                made.put(piece, bytes);
            }
        }
        var tensors = new HashMap<String, byte[]>();
        pieces.forEach(piece -> made.get(piece)
                .forEach((name, bytes) -> tensors.merge(name, bytes, PieceQuantizerTest::joined)));
        return tensors;
    }

    private static byte[] joined(byte[] a, byte[] b) {
        var both = new ByteArrayOutputStream();
        both.writeBytes(a);
        both.writeBytes(b);
        return both.toByteArray();
    }

    private static byte[] assembled(ComponentPlan plan, Map<String, byte[]> tensors) {
        var bytes = new ByteArrayOutputStream();
        for (ShardPlan.File file : plan.files().files()) {
            bytes.writeBytes(file.header());
            for (TensorSpec tensor : file.tensors()) {
                assertThat(tensors.get(tensor.name())).as(tensor.name()).hasSize((int) tensor.sizeBytes());
                bytes.writeBytes(tensors.get(tensor.name()));
            }
        }
        return bytes.toByteArray();
    }

    @Test
    void aLayerIsOnePieceUnlessItIsHuge() {
        ComponentPlan plan = ComponentPlan.of(Method.DVD_QUANT.recipe(4), COMPONENTS, Checkpoint::open, MODEL)
                .getFirst();
        assertThat(plan.pieces(Long.MAX_VALUE)).hasSameSizeAs(plan.tensors());
        assertThat(plan.pieces(FEW_WEIGHTS)).hasSizeGreaterThan(plan.tensors().size())
                .extracting(Piece::label)
                .contains("blocks.0.attn1.to_q", "blocks.0.attn1.to_q from row 64", "patch_embedding.weight");
        ComponentPlan branched = ComponentPlan.of(Method.SVDQUANT.recipe(4), COMPONENTS, Checkpoint::open, MODEL)
                .getFirst();
        assertThat(branched.pieces(1)).hasSameSizeAs(branched.tensors());
    }

    @Test
    void whatIsWrongNamesTheRowOfTheWholeWeight() {
        ComponentPlan plan = ComponentPlan.of(Method.DVD_QUANT.recipe(4), COMPONENTS, Checkpoint::open, MODEL)
                .getFirst();
        Piece piece = plan.pieces(FEW_WEIGHTS).stream().filter(p -> p.firstRow() == 128).findFirst().orElseThrow();
        try (var source = Checkpoint.open(TRANSFORMER); var memory = Arena.ofShared()) {
            var damaged = new DamagedSource(source, piece.tensor(), 130);
            var quantizer = new PieceQuantizer(damaged, plan.format(), Optional.empty(), new RowTasks(threads));
            assertThatThrownBy(() -> quantizer.work(piece, memory))
                    .hasMessageContainingAll("tensor '" + piece.tensor() + "' cannot be quantized: row 130: ");
        }
    }
}
