package dvdquant.measure.block;

import dvdquant.core.format.ElementType;
import dvdquant.models.hunyuan.DualBlock;
import dvdquant.models.hunyuan.StreamLayers;
import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.List;

/**
 * A dual block in full precision by libtorch's operations alone: what {@link DualBlock} is measured against.
 *
 * @param mask of the attention, or null
 */
record LibtorchDualBlock(DualBlock weights, LibtorchOperations libtorch, Tensor mask) {
    LibtorchDualBlock(DualBlock weights, ElementType type, Tensor mask) {
        this(weights, new LibtorchOperations(weights.heads(), type, HunyuanVideoNorms.EPS), mask);
    }

    /**
     * All of the type to compute in.
     *
     * @return [tokens of both, width]
     */
    Tensor forward(Tensor image, Tensor text, Tensor condition, Rotary rotary) {
        Tensor ofImage = modulation(weights.image(), condition);
        Tensor ofText = modulation(weights.text(), condition);
        try (var scope = TensorScope.open()) {
            // 1. Attention over both
            Tensor normedImage = libtorch.modulated(image, Modulation.of(ofImage, 0));
            Tensor normedText = libtorch.modulated(text, Modulation.of(ofText, 0));
            Tensor attended = attend(normedImage, normedText, rotary);
            long tokens = image.dim(0);
            image = libtorch.gated(image, libtorch.product(weights.image().toOut(), attended.narrow(0, 0, tokens)),
                    Modulation.of(ofImage, 0));
            text = libtorch.gated(text,
                    libtorch.product(weights.text().toOut(), attended.narrow(0, tokens, text.dim(0))),
                    Modulation.of(ofText, 0));
            // 2. Feed-forward of each
            return scope.keep(Tensor.cat(List.of(feedForward(weights.image(), image, Modulation.of(ofImage, 1)),
                    feedForward(weights.text(), text, Modulation.of(ofText, 1))), 0));
        }
    }

    private Tensor modulation(StreamLayers layers, Tensor condition) {
        return LibtorchOperations.wide(libtorch.product(layers.norm1(), condition)).reshape(6, condition.dim(1));
    }

    private Tensor attend(Tensor image, Tensor text, Rotary rotary) {
        var norms = new HunyuanVideoNorms(libtorch);
        StreamLayers ofImage = weights.image();
        StreamLayers ofText = weights.text();
        Tensor query = Tensor.cat(List.of(norms.of(libtorch.product(ofImage.toQ(), image), ofImage.normQ(), rotary),
                norms.of(libtorch.product(ofText.toQ(), text), ofText.normQ(), null)), 0);
        Tensor key = Tensor.cat(List.of(norms.of(libtorch.product(ofImage.toK(), image), ofImage.normK(), rotary),
                norms.of(libtorch.product(ofText.toK(), text), ofText.normK(), null)), 0);
        Tensor value = Tensor.cat(List.of(libtorch.product(ofImage.toV(), image), libtorch.product(ofText.toV(), text)),
                0);
        return libtorch.attention(query, key, value, mask);
    }

    private Tensor feedForward(StreamLayers layers, Tensor x, Modulation by) {
        Tensor inner = libtorch.product(layers.up(), libtorch.modulated(x, by)).gelu();
        return libtorch.gated(x, libtorch.product(layers.down(), inner), by);
    }
}
