package dvdquant.models.wan;

import dvdquant.core.Hint;
import dvdquant.core.InputException;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.diffusion.teacache.TeaCacheRule;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.wan.WanArchitecture.PublishedWan;

import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

/**
 * TeaCache as its authors fitted it to Wan2.1's published text models, which are recognized by their shapes; any other model goes by the
 * raw change, and a threshold of its own. So do Wan2.1's image models, of 480p and of 720p: they were fitted apart from each other, and their
 * shapes are the same.
 *
 * @see <a href="https://github.com/ali-vilab/TeaCache/blob/main/TeaCache4Wan2.1/teacache_generate.py">TeaCache4Wan2.1</a>
 */
final class WanTeaCache {
    private static final int RET_STEPS = 5;

    /** The models that it was fitted to. */
    private enum Fitted {
        SMALL(PublishedWan.T2V_1_3B),
        LARGE(PublishedWan.T2V_14B);

        private final WanConfig transformer;

        Fitted(PublishedWan model) {
            this.transformer = model.architecture().transformer();
        }
    }

    private WanTeaCache() {}

    /**
     * @param config of the only transformer, or of the first of two: none was fitted to those
     * @throws InputException if no threshold is given and the model has none
     */
    static TeaCachePlan of(TeaCache option, WanConfig config, boolean two) {
        Optional<Fitted> model = Arrays.stream(Fitted.values())
                .filter(fitted -> !two && isLike(fitted.transformer, config)).findFirst();
        boolean projected = option.retSteps().orElse(model.equals(Optional.of(Fitted.LARGE)));
        List<Double> coefficients = model.map(fitted -> coefficients(fitted, projected))
                .orElse(TeaCacheRule.IDENTITY);
        OptionalDouble own = model.map(fitted -> threshold(fitted, projected)).orElse(OptionalDouble.empty());
        if (option.threshold().isEmpty() && own.isEmpty()) {
            throw new InputException("TeaCache: no threshold is known for this model"
                    + (model.isPresent() ? projected ? " with ret steps" : " without ret steps" : "")
                    + ", expected one, such as 0.1", Hint.TEACACHE_THRESHOLD);
        }
        double threshold = option.threshold().orElseGet(own::getAsDouble);
        // with ret steps the reference forces the first five only, without them the first and the last
        return new TeaCachePlan(new TeaCacheRule(coefficients, threshold, projected ? RET_STEPS : 1, !projected),
                projected);
    }

    private static boolean isLike(WanConfig published, WanConfig config) {
        return published.heads() == config.heads() && published.layers() == config.layers()
                && published.inChannels() == config.inChannels();
    }

    private static OptionalDouble threshold(Fitted model, boolean projected) {
        return switch (model) {
            case SMALL -> projected ? OptionalDouble.empty() : OptionalDouble.of(0.08);
            case LARGE -> projected ? OptionalDouble.of(0.20) : OptionalDouble.empty();
        };
    }

    private static List<Double> coefficients(Fitted model, boolean projected) {
        return switch (model) {
            case SMALL -> projected
                    ? List.of(-5.21862437e4, 9.23041404e3, -5.28275948e2, 1.36987616e1, -4.99875664e-2)
                    : List.of(2.39676752e3, -1.31110545e3, 2.01331979e2, -8.29855975, 1.37887774e-1);
            case LARGE -> projected
                    ? List.of(-3.03318725e5, 4.90537029e4, -2.65530556e3, 5.87365115e1, -3.15583525e-1)
                    : List.of(-5784.54975374, 5449.50911966, -1811.16591783, 256.27178429, -13.02252404);
        };
    }
}
