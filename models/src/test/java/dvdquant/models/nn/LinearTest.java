package dvdquant.models.nn;

import dvdquant.core.format.ElementType;
import dvdquant.core.metrics.RelativeError;
import dvdquant.core.quant.activations.ActivationRule;
import dvdquant.core.quant.activations.ActivationScheme;
import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.HeldWeight;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.WeightRows;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalStateException;

/** Each form of a layer, in the model's type and in F32. */
@NoLeaks
class LinearTest {
    private static final int TOKENS = 5;
    private static final int IN = 128;
    private static final int OUT = 48;
    private static final InputBasis PLAIN = new InputBasis(Optional.empty(), new Rotation.None(),
            ActivationRule.DEFAULT);

    private final float[] values = Seeds.gaussian(1, TOKENS * IN);
    private final float[] weights = Seeds.gaussian(2, OUT * IN);
    private final float[] biases = Seeds.gaussian(3, OUT);
    private CpuDevice device;
    private TensorScope scope;

    @BeforeEach
    void open() {
        device = CpuDevice.open(2);
        scope = TensorScope.open();
    }

    @AfterEach
    void close() {
        scope.close();
        device.close();
    }

    /** Rounded to BF16, so that layers of both types have the same weights. */
    private Tensor weight(ElementType type) {
        return Tensor.ofFloats(weights, OUT, IN).to(ElementType.BF16).to(type);
    }

    private Tensor bias(ElementType type) {
        return Tensor.ofFloats(biases, OUT).to(ElementType.BF16).to(type);
    }

    private Tensor x() {
        return Tensor.ofFloats(values, TOKENS, IN);
    }

    private float[] expected() {
        float[] rounded = weight(ElementType.F32).toFloats();
        float[] added = bias(ElementType.F32).toFloats();
        var result = new float[TOKENS * OUT];
        for (int t = 0; t < TOKENS; t++) {
            for (int n = 0; n < OUT; n++) {
                double sum = added[n];
                for (int k = 0; k < IN; k++) {
                    sum += (double) values[t * IN + k] * rounded[n * IN + k];
                }
                result[t * OUT + n] = (float) sum;
            }
        }
        return result;
    }

    private WeightRows rows() {
        float[] rounded = weight(ElementType.F32).toFloats();
        return new WeightRows() {
            @Override
            public int out() {
                return OUT;
            }

            @Override
            public int in() {
                return IN;
            }

            @Override
            public Reader reader() {
                return (row, into) -> System.arraycopy(rounded, row * IN, into, 0, IN);
            }
        };
    }

    /** In F32, whatever type the layer has: a half of the outputs, then the other. */
    private float[] precise(Linear layer) {
        var compute = new Compute(device.kernels(), ActivationScheme.ofBits(8));
        return Tensor.cat(List.of(layer.forwardPrecise(x(), compute, 0, 16),
                layer.forwardPrecise(x(), compute, 16, OUT - 16)), 1).toFloats();
    }

    @Test
    void layersOfBf16AreAsPreciseAsAskedFor() {
        for (Linear layer : List.of(new Linear.Dense(weight(ElementType.BF16), bias(ElementType.BF16)),
                new Linear.Restored(rows(), bias(ElementType.BF16)))) {
            assertThat(RelativeError.of(precise(layer), expected())).as("%s", layer).isLessThan(1e-6);
        }
    }

    @Test
    void layersThatQuantizeTheirInputAreNoMorePreciseThanThat() {
        var emulated = new Linear.Emulated(HeldWeight.of(weight(ElementType.BF16)),
                bias(ElementType.BF16), PLAIN);
        assertThat(RelativeError.of(precise(emulated), expected())).isBetween(1e-4, 2e-2);
        Tensor down = Tensor.ofFloats(Seeds.gaussian(4, 2 * IN), 2, IN).to(ElementType.BF16);
        Tensor up = Tensor.zeros(ElementType.BF16, OUT, 2);
        assertThat(precise(new Linear.LowRank(emulated, Optional.empty(), down, up))).isEqualTo(precise(emulated));
    }

    /** An observer changes nothing: it sees the input, and what came of it. */
    @Test
    void anObserverSeesInputAndOutputOfBothForwards() {
        var seen = new ArrayList<String>();
        LayerObserver observer = new LayerObserver() {
            @Override
            public void observe(String layer, Tensor input) {
                seen.add(layer + " reads " + input.type());
            }

            @Override
            public void observeOutput(String layer, Tensor output) {
                seen.add(layer + " gives " + output.type() + " " + output.shape());
            }
        };
        var layer = new Linear.Dense(weight(ElementType.BF16), bias(ElementType.BF16));
        var observed = new Linear.Observed(layer, "proj", observer);
        assertThat(precise(observed)).isEqualTo(precise(layer));
        Tensor given = observed.forward(x().to(ElementType.BF16), new Compute(device.kernels()));
        assertThat(given.type()).isEqualTo(ElementType.BF16);
        assertThat(seen).containsExactly("proj reads F32", "proj gives F32 [5, 16]", "proj reads F32",
                "proj gives F32 [5, 32]", "proj reads BF16", "proj gives BF16 [5, 48]");
    }

    /** As one product over the channels of both. */
    @Test
    void twoInputsSideBySideAreOne() {
        var layer = new Linear.Dense(weight(ElementType.F32), bias(ElementType.F32));
        Tensor first = x().narrow(1, 0, 48).contiguous();
        Tensor second = x().narrow(1, 48, IN - 48).contiguous();
        LinearInput input = LinearInput.sideBySide(first, second, new Compute(device.kernels()));
        assertThat(RelativeError.of(layer.forward(input).toFloats(), expected())).isLessThan(1e-6);
        assertThat(input.values()).isSameAs(input.values());
        var scheme = new Compute(device.kernels(), ActivationScheme.ofBits(8));
        Tensor codes = LinearInput.sideBySide(first, second, scheme).quantized(PLAIN).codes();
        assertThat(codes.to(ElementType.F32).toFloats())
                .isEqualTo(LinearInput.of(x(), scheme).quantized(PLAIN).codes().to(ElementType.F32).toFloats());
    }

    @Test
    void layersWithoutABiasHaveNone() {
        var layer = new Linear.Dense(weight(ElementType.F32), null);
        Tensor with = layer.forwardPrecise(x(), new Compute(device.kernels()), 0, OUT).add(bias(ElementType.F32));
        assertThat(RelativeError.of(with.toFloats(), expected())).isLessThan(1e-6);
    }

    @Test
    void aLayerThatQuantizesMustBeToldHow() {
        var emulated = new Linear.Emulated(HeldWeight.of(weight(ElementType.F32)),
                bias(ElementType.F32), PLAIN);
        assertThatIllegalStateException().isThrownBy(() -> emulated.forward(x(), new Compute(device.kernels())))
                .withMessageContaining("nothing says how");
    }
}
