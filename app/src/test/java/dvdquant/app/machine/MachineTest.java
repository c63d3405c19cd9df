package dvdquant.app.machine;

import org.junit.jupiter.api.Test;

import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class MachineTest {
    @Test
    void flagsMayBeFarApart() {
        List<String> cpuinfo = List.of("model name\t: Some CPU", "flags\t\t: fpu topoext pti        vmmcall  bmi1 fpu");
        assertThat(Machine.features(cpuinfo)).containsExactlyInAnyOrder("fpu", "topoext", "pti", "vmmcall", "bmi1");
        assertThat(Machine.features(List.of())).isEmpty();
    }
}
