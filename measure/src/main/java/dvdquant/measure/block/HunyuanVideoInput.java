package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.measure.Operation;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.nn.RotaryAxes;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * What HunyuanVideo's blocks of both kinds are run on.
 *
 * @param hidden [tokens of both, width]: the image's, then those of a text of full length
 * @param condition [1, width]: what the block is modulated by
 * @param rotary of the image's tokens
 * @param mask [1, 1, 1, tokens of both]: all are seen, as in the reference with a prompt of full length
 */
record HunyuanVideoInput(HunyuanVideoConfig config, Tensor hidden, Tensor condition, Rotary rotary, Tensor mask) {
    private static final int GRID = 64;

    static HunyuanVideoInput of(HunyuanVideoConfig config, RandomLayers random, int tokens) {
        long width = config.width();
        long both = (long) tokens + HunyuanVideoConfig.TEXT_TOKENS;
        Rotary grid = new RotaryAxes(config.ropeAxes(), config.ropeTheta()).tables(Math.ceilDiv(tokens, GRID * GRID),
                GRID, GRID);
        return new HunyuanVideoInput(config, random.tensor("hidden", 1, random.type(), both, width),
                random.tensor("condition", 1, random.type(), 1, width),
                SingleKernels.rotary(grid, tokens, random.device()), allSeen(both).to(random.device()));
    }

    private static Tensor allSeen(long keys) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.zeros(ElementType.F32, 1, 1, 1, keys).add(1).to(ElementType.BOOL));
        }
    }

    Tensor image() {
        return hidden.narrow(0, 0, imageTokens());
    }

    Tensor text() {
        return hidden.narrow(0, imageTokens(), hidden.dim(0) - imageTokens());
    }

    private long imageTokens() {
        return rotary.cos().dim(0);
    }

    List<Operation> kernels(Kernels kernels, RandomLayers random) {
        var alone = new SingleKernels(kernels, random, hidden, config.heads());
        return alone.of(List.of(alone.attention("attention", hidden), alone.rmsNorm(config.headSize(), rotary)),
                config.feedForward());
    }
}
