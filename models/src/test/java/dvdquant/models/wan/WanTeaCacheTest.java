package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.format.ElementType;
import dvdquant.models.diffusion.teacache.TeaCachePlan;
import dvdquant.models.diffusion.teacache.TeaCacheRule;
import dvdquant.models.pipeline.TeaCache;
import dvdquant.models.testing.Golden;
import dvdquant.models.wan.WanArchitecture.PublishedWan;
import dvdquant.tensor.cpu.CpuDevice;
import dvdquant.tensor.testing.NoLeaks;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@NoLeaks
class WanTeaCacheTest {
    private static final WanConfig SMALL = PublishedWan.T2V_1_3B.architecture().transformer();
    private static final WanConfig LARGE = PublishedWan.T2V_14B.architecture().transformer();
    private static final TeaCache OF_MODEL = new TeaCache(OptionalDouble.empty(), Optional.empty());

    @Test
    void publishedModelsHaveTheirOwnRules() {
        TeaCachePlan small = WanTeaCache.of(OF_MODEL, SMALL, false);
        assertThat(small.retSteps()).isFalse();
        assertThat(small.rule()).returns(.08, TeaCacheRule::threshold).returns(1, TeaCacheRule::firstSteps)
                .returns(true, TeaCacheRule::lastStep);
        assertThat(small.rule().coefficients()).hasSize(5).startsWith(2.39676752e3);
        TeaCachePlan large = WanTeaCache.of(OF_MODEL, LARGE, false);
        assertThat(large.retSteps()).isTrue();
        assertThat(large.rule()).returns(.2, TeaCacheRule::threshold).returns(5, TeaCacheRule::firstSteps)
                .returns(false, TeaCacheRule::lastStep);
        assertThat(large.rule().coefficients()).hasSize(5).startsWith(-3.03318725e5);
        assertThat(WanTeaCache.of(new TeaCache(OptionalDouble.of(.05), Optional.of(true)), SMALL, false).rule()
                .coefficients())
                .startsWith(-5.21862437e4);
        assertThat(
                WanTeaCache.of(new TeaCache(OptionalDouble.of(.14), Optional.of(false)), LARGE, false).rule()
                        .coefficients())
                .startsWith(-5784.54975374);
    }

    @Test
    void otherModelsNeedAThreshold() {
        WanConfig demo = WanConfig.read(Golden.MODEL.resolve("transformer"));
        assertThat(WanTeaCache.of(new TeaCache(OptionalDouble.of(.3), Optional.empty()), demo, false).rule())
                .isEqualTo(new TeaCacheRule(TeaCacheRule.IDENTITY, .3, 1, true));
        assertThatThrownBy(() -> WanTeaCache.of(OF_MODEL, demo, false)).isInstanceOf(InputException.class)
                .hasMessage("TeaCache: no threshold is known for this model, expected one, such as "
                        + "0.1");
        assertThatThrownBy(() -> WanTeaCache.of(new TeaCache(OptionalDouble.empty(), Optional.of(true)), SMALL, false))
                .isInstanceOf(InputException.class).hasMessageContaining("for this model with ret steps");
    }

    /** Their shapes are like those of Wan2.1's text models, and they were not fitted. */
    @ParameterizedTest
    @EnumSource(value = PublishedWan.class, mode = EnumSource.Mode.EXCLUDE, names = {"T2V_1_3B", "T2V_14B"})
    void modelsThatWereNotFittedTakeNoneOfTheirCoefficients(PublishedWan model) {
        WanConfig transformer = model.architecture().transformer();
        boolean two = model.architecture().boundary().isPresent();
        assertThat(WanTeaCache.of(new TeaCache(OptionalDouble.of(.3), Optional.of(true)), transformer, two).rule()
                .coefficients()).isEqualTo(TeaCacheRule.IDENTITY);
        assertThatThrownBy(() -> WanTeaCache.of(OF_MODEL, transformer, two)).isInstanceOf(InputException.class)
                .hasMessageStartingWith("TeaCache: no threshold is known for this model, ");
    }

    @Test
    void theTimeIsWatchedInF32WhateverTheModelComputesIn() {
        double[] times = {999, 700.5, 700};
        for (boolean projected : new boolean[]{false, true}) {
            List<float[]> f32 = signals(ElementType.F32, times, projected);
            List<float[]> bf16 = signals(ElementType.BF16, times, projected);
            for (int i = 0; i < times.length; i++) {
                assertThat(f32.get(i)).hasSize(projected ? 6 * 256 : 256);
                assertThat(bf16.get(i)).isEqualTo(f32.get(i)); // the file's weights are BF16
            }
        }
    }

    private static List<float[]> signals(ElementType type, double[] times, boolean projected) {
        try (var device = CpuDevice.open();
                var transformer = WanTransformer.open(Golden.MODEL.resolve("transformer"), type, device,
                        LayerArithmetic.INTEGER)) {
            return transformer.watched(times, projected).orElseThrow();
        }
    }
}
