package dvdquant.core.machine;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MachineTest {
    @Test
    void readsFlagsWhateverTheirSpacing() {
        Machine machine = Machine.of(List.of("model name\t: a processor", "flags\t\t: fpu  avx512f avx512f   sse2 "));
        assertThat(machine.cpu()).isEqualTo("a processor");
        assertThat(machine.features()).containsExactlyInAnyOrder("fpu", "avx512f", "sse2");
    }
}
