package dvdquant.core.machine;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MachineTest {
    @Test
    void readsFlagsWhateverTheirSpacing() {
        Machine machine = Machine.of(List.of("model name\t: a processor", "flags\t\t: fpu  avx512f avx512f   sse2 "));
        assertThat(machine.cpu()).isEqualTo("a processor");
        assertThat(machine.features()).containsExactlyInAnyOrder("fpu", "avx512f", "sse2");
    }

    @Test
    @EnabledOnOs(OS.LINUX)
    void whatNoFileHasIsPartOfWhatIsResident() {
        assertThat(Machine.anonymousBytes()).isBetween(1L << 20, Machine.peakResidentBytes());
    }
}
