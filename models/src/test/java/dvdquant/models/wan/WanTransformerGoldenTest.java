package dvdquant.models.wan;

import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.core.quant.activations.StepActivations;
import dvdquant.models.diffusion.DiffusionTransformer.Step;
import dvdquant.models.diffusion.teacache.BlockPass;
import dvdquant.models.testing.Golden;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;
import org.junit.jupiter.api.Test;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;

class WanTransformerGoldenTest {
    @Test
    void outputsAndBlockActivationsAgreeWithDiffusers() {
        try (var golden = new Golden();
                var device = CpuDevice.open();
                var transformer = WanTransformer.open(Golden.MODEL.resolve("transformer"), ElementType.F32, device,
                        LayerArithmetic.INTEGER);
                var _ = TensorScope.open()) {
            Tensor noise = golden.tensor("noise");
            var given = transformer.prepared(WanTransformer.conditioning(golden.tensor("text.0.hidden")),
                    StepActivations.none());
            var rotary = transformer.rotary(noise.dim(2), noise.dim(3), noise.dim(4));
            for (String time : new String[]{"999.0", "700.5", "250.0"}) {
                Map<Integer, Double> blockErrors = new HashMap<>();
                Tensor flow = transformer.forward(noise,
                        new Step(Double.parseDouble(time), OptionalDouble.empty(),
                                StepActivations.none()),
                        given, rotary,
                        BlockPass.COMPUTE, (block, hidden) -> {
                            if (time.equals("700.5") && (block == 0 || block == 7)) {
                                blockErrors.put(block,
                                        golden.error(hidden.narrow(0, 0, 8),
                                                "dit.t700.5.block" + block + ".tokens0_8"));
                            }
                        });
                double error = golden.error(flow, "dit.t" + time + ".out");
                assertThat(error).isLessThan(1e-5);
                assertThat(blockErrors.values()).allMatch(e -> e < 1e-5);
            }
        }
    }
}
