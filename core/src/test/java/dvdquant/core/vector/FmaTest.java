package dvdquant.core.vector;

import com.sun.management.HotSpotDiagnosticMXBean;
import dvdquant.core.testing.Seeds;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.Test;

import java.lang.management.ManagementFactory;

import static org.assertj.core.api.Assertions.assertThat;

class FmaTest {
    @Test
    void knowsWhatTheJvmUses() {
        var vm = ManagementFactory.getPlatformMXBean(HotSpotDiagnosticMXBean.class);
        assertThat(Fma.FUSED).isEqualTo(Boolean.parseBoolean(vm.getVMOption("UseFMA").getValue()));
    }

    @Test
    void vectorsAndScalarsAgree() {
        int lanes = FloatVector.SPECIES_PREFERRED.length();
        float[] a = Seeds.gaussian(1, lanes);
        float[] b = Seeds.gaussian(2, lanes);
        float[] c = Seeds.gaussian(3, lanes);
        float[] sums = Fma.multiplyAdd(vector(a), vector(b), vector(c)).toArray();
        for (int lane = 0; lane < lanes; lane++) {
            assertThat(sums[lane]).isEqualTo(Fma.multiplyAdd(a[lane], b[lane], c[lane]))
                    .isEqualTo(Fma.FUSED ? Math.fma(a[lane], b[lane], c[lane]) : a[lane] * b[lane] + c[lane]);
            assertThat(Fma.multiplyAdd((double) a[lane], b[lane], c[lane]))
                    .isEqualTo(Fma.FUSED
                            ? Math.fma((double) a[lane], b[lane], c[lane])
                            : (double) a[lane] * b[lane] + c[lane]);
        }
    }

    private static FloatVector vector(float[] values) {
        return FloatVector.fromArray(FloatVector.SPECIES_PREFERRED, values, 0);
    }
}
