package dvdquant.models.toy;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.models.diffusion.DiffusionTransformer;
import dvdquant.models.diffusion.TransformerSizes;
import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerLoader;
import dvdquant.models.nn.Linear;
import dvdquant.models.nn.LinearInput;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;

/** A token a latent; layers of one hidden layer each, which see the text and the time added to each token. Owns its weights. */
final class ToyTransformer implements DiffusionTransformer {
    static final String MODEL_CLASS = "ToyTransformer3DModel";
    static final int WIDTH = 128;
    private static final int INNER = 256;
    private static final int LAYERS = 2;

    private final Kernels kernels;
    private final ElementType type;
    private final WeightLoader files;
    private final Linear in;
    private final List<Linear> up;
    private final List<Linear> down;
    private final Linear out;
    private final TensorScope.Sealed owner;

    ToyTransformer(LayerLoader layers) {
        kernels = layers.kernels();
        type = layers.type();
        files = layers.weights();
        try (var scope = TensorScope.open()) {
            in = layers.linear("in");
            up = IntStream.range(0, LAYERS).mapToObj(i -> layers.linear("layers." + i + ".up")).toList();
            down = IntStream.range(0, LAYERS).mapToObj(i -> layers.linear("layers." + i + ".down")).toList();
            out = layers.linear("out");
            owner = scope.seal();
        }
    }

    static TensorLayout layout() {
        var layout = new TensorLayout().linear("in", WIDTH, ToyVae.CHANNELS);
        for (int i = 0; i < LAYERS; i++) {
            layout.linear("layers." + i + ".up", INNER, WIDTH).linear("layers." + i + ".down", WIDTH, INNER);
        }
        return layout.linear("out", ToyVae.CHANNELS, WIDTH);
    }

    @Override
    public Shaped prepare(Shape latents) {
        long tokens = latents.elements() / ToyVae.CHANNELS;
        return (given, _) -> {
            Tensor words = tensor(given.part(ToyTexts.LETTERS)).mean(0, true).add(tensor(given.part(ToyTexts.POOLED)));
            Tensor text = given.parts().containsKey(ToyImages.COLOR)
                    ? words.add(tensor(given.part(ToyImages.COLOR)))
                    : words;
            return (x, step, pass, listener) -> {
                var compute = new Compute(kernels, step.activations());
                try (var scope = TensorScope.open()) {
                    Tensor rows = x.to(kernels.device()).reshape(ToyVae.CHANNELS, tokens).transpose(0, 1).contiguous();
                    Tensor seen = text.add(time(step.timestep())).to(type);
                    Tensor hidden = in.forward(rows.to(type), compute).add(seen);
                    hidden = pass.apply(hidden, input -> blocks(input, compute, listener));
                    Tensor flow = out.forward(hidden, compute).to(ElementType.F32);
                    return scope.keep(flow.transpose(0, 1).contiguous().reshape(latents.dims()));
                }
            };
        };
    }

    private Tensor blocks(Tensor hidden, Compute compute, BlockListener listener) {
        return TensorScope.fold(hidden, IntStream.range(0, LAYERS).boxed().toList(), (x, layer) -> {
            Tensor inner = up.get(layer).forward(x, compute);
            Tensor next = down.get(layer).addTo(x, LinearInput.activated(inner, compute), null);
            listener.afterBlock(layer, next);
            return next;
        });
    }

    private Tensor tensor(ConditioningTensor states) {
        return states.tensor().to(kernels.device());
    }

    private static double time(double timestep) {
        return timestep / 1000;
    }

    @Override
    public Optional<List<float[]>> watched(double[] timesteps, boolean projected) {
        return Optional.of(Arrays.stream(timesteps).mapToObj(t -> new float[]{(float) time(t)}).toList());
    }

    @Override
    public void close() {
        owner.close();
        files.close();
    }

    record Sizes() implements TransformerSizes {
        @Override
        public long tokens(Shape latents) {
            return latents.elements() / ToyVae.CHANNELS;
        }

        @Override
        public int width() {
            return WIDTH;
        }

        @Override
        public int widestInput() {
            return INNER;
        }

        @Override
        public long channelsAtOnce() {
            return 3L * WIDTH + INNER;
        }

        @Override
        public long preparedBytes(Shape latents) {
            return 0;
        }
    }
}
