package dvdquant.core.machine;

import org.junit.jupiter.api.Test;

import java.util.List;
import java.util.Set;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class CpuUseTest {
    private static final List<String> BEFORE = List.of("cpu  400 0 0 9 9 0 0 0 0 0", "cpu0 100 0 0 9 9 0 0 0 0 0",
            "cpu1 100 0 0 9 9 0 0 0 0 0", "cpu10 200 0 0 9 9 0 0 0 0 0", "intr 5 0 0 0 0 0 0 0 0");
    /** In a second, 100 ticks: core 0 is taken, core 1 is idle but for 10 ticks, of core 10 a half is stolen. */
    private static final List<String> AFTER = List.of("cpu  560 0 0 200 9 0 0 0 0 0", "cpu0 200 0 0 9 9 0 0 0 0 0",
            "cpu1 105 1 2 99 9 1 1 0 0 0", "cpu10 200 0 0 59 9 0 0 50 0 0", "intr 5 0 0 0 0 0 0 0 0");
    private static final long SECOND = 1_000_000_000;

    private static double others(Set<Integer> cores, double ownSeconds) {
        return CpuUse.of(AFTER, cores, (long) (ownSeconds * SECOND), SECOND)
                .othersSince(CpuUse.of(BEFORE, cores, 0, 0));
    }

    @Test
    void countsTheCoresThatItMayRunOn() {
        assertThat(others(Set.of(0), 0.5)).isEqualTo(0.5, within(1e-9));
        assertThat(others(Set.of(1), 0)).isEqualTo(0.1, within(1e-9));
        assertThat(others(Set.of(1), 0.1)).isEqualTo(0, within(1e-9));
        assertThat(others(Set.of(10), 0)).isEqualTo(0.5, within(1e-9));
        assertThat(others(Set.of(0, 1), 1)).isEqualTo(0.05, within(1e-9));
        assertThat(others(Set.of(0, 1, 10), 0)).isEqualTo(1.6 / 3, within(1e-9));
    }

    @Test
    void saysNothingWhereTheSystemDoesNot() {
        assertThat(others(Set.of(), 0)).isZero();
        assertThat(others(Set.of(7), 0)).isZero();
        assertThat(CpuUse.of(AFTER, Set.of(0), 0, SECOND).othersSince(CpuUse.of(BEFORE, Set.of(1), 0, 0))).isZero();
    }

    @Test
    void readsListsOfCores() {
        assertThat(CpuUse.numbers("0-2,8,10-11")).containsExactlyInAnyOrder(0, 1, 2, 8, 10, 11);
        assertThat(CpuUse.numbers("")).isEmpty();
        assertThat(CpuUse.numbers("all")).isEmpty();
    }

    @Test
    void thisSystemTells() {
        CpuUse use = CpuUse.now();
        assertThat(use.cores()).isNotEmpty();
        assertThat(use.allNanos()).isPositive();
        assertThat(use.ownNanos()).isPositive();
        assertThat(CpuUse.now().othersSince(use)).isBetween(0.0, 1.0);
    }
}
