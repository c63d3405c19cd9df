package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.rotation.HadamardRotation;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** libtorch's operations are the same on a CPU. */
@NoLeaks
class FactoredRotationTest {
    private static final int TOKENS = 3;

    /** Orders 12, 20, 108 and 140 between the blocks, powers of two in one factor and in several, and blocks that stay apart. */
    @ParameterizedTest
    @CsvSource({"1536, full", "5120, full", "13824, full", "8960, full", "1024, full", "64, full", "16384, full",
            "1536, 512", "2048, 1024", "320, 16", "96, 2", "64, 1", "192, 64", "256, none"})
    void rotatesAsTheReferenceDoes(int channels, String kind) {
        Rotation rotation = switch (kind) {
            case "none" -> new Rotation.None();
            case "full" -> new Rotation.Full(7);
            default -> new Rotation.Blocks(Integer.parseInt(kind), 7);
        };
        try (var _ = TensorScope.open(); var rotations = new FactoredRotation()) {
            for (ElementType type : List.of(ElementType.F32, ElementType.BF16)) {
                Tensor x = Tensor.randn(1, TOKENS, channels).to(type);
                Tensor rotated = rotations.rotate(x, rotation);
                assertThat(rotated.toString()).isEqualTo("F32 [" + TOKENS + ", " + channels + "]");
                assertThat(rotated.isContiguous()).isTrue();
                assertThat(RelativeError.of(rotated.toFloats(), reference(x.toFloats(), rotation))).isLessThan(1e-6);
            }
        }
    }

    private static float[] reference(float[] x, Rotation rotation) {
        HadamardRotation rotate = rotation.forColumns(x.length / TOKENS);
        for (int token = 0; token < TOKENS; token++) {
            rotate.rotate(x, token * rotate.columns());
        }
        return x;
    }

    @ParameterizedTest
    @CsvSource({"1, 64", "5, 16384", "128, 16384", "129, 16384", "400, 13824"})
    void piecesAreAllOfATensor(int tokens, int channels) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.zeros(ElementType.U8, tokens, channels);
            var next = new ArrayList<>(List.of(0L));
            TokenPieces.forEach(x, (piece, first) -> {
                assertThat(first).isEqualTo(next.getLast());
                assertThat(piece.isContiguous()).isTrue();
                assertThat(piece.address()).isEqualTo(x.address() + first * channels);
                next.add(first + piece.dim(0));
            });
            assertThat(next.getLast()).isEqualTo(tokens);
            assertThat(next).hasSize(1 + Math.ceilDiv(tokens, Math.max(1, (1 << 21) / channels)));
        }
    }
}
