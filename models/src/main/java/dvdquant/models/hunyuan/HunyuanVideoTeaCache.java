package dvdquant.models.hunyuan;

import dvdquant.core.Hint;
import dvdquant.core.InputException;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.diffusion.teacache.TeaCacheRule;
import dvdquant.models.pipeline.TeaCache;

import java.util.List;

/**
 * TeaCache as its authors fitted it to the published HunyuanVideo, which is recognized by its shapes; any other model goes by the raw
 * change, and a threshold of its own.
 *
 * @see <a href="https://github.com/ali-vilab/TeaCache/blob/main/TeaCache4HunyuanVideo/teacache_sample_video.py">
 *      TeaCache4HunyuanVideo</a>
 */
final class HunyuanVideoTeaCache {
    private static final List<Double> COEFFICIENTS = List.of(7.33226126e2, -4.01131952e2, 6.75869174e1, -3.14987800,
            9.61237896e-2);
    private static final double THRESHOLD = 0.15;

    private HunyuanVideoTeaCache() {}

    /** @throws InputException if no threshold is given and the model has none, or ret steps are asked for, which are Wan's */
    static TeaCachePlan of(TeaCache option, HunyuanVideoConfig config) {
        if (option.retSteps().orElse(false)) {
            throw new InputException("TeaCache: ret steps are of models whose time alone is watched, expected none for "
                    + "HunyuanVideo");
        }
        boolean published = isPublished(config);
        if (option.threshold().isEmpty() && !published) {
            throw new InputException("TeaCache: no threshold is known for this model, expected one, such as 0.1",
                    Hint.TEACACHE_THRESHOLD);
        }
        return new TeaCachePlan(new TeaCacheRule(published ? COEFFICIENTS : TeaCacheRule.IDENTITY,
                option.threshold().orElse(THRESHOLD), 1, true), false);
    }

    private static boolean isPublished(HunyuanVideoConfig config) {
        HunyuanVideoConfig published = HunyuanVideoConfig.PUBLISHED;
        return config.heads() == published.heads() && config.dualBlocks() == published.dualBlocks()
                && config.singleBlocks() == published.singleBlocks();
    }
}
