package dvdquant.app.bench;

import dvdquant.app.text.Manifest;
import dvdquant.measure.Measurement;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class BenchOptionsTest {
    private record Measured(double othersShare, Optional<String> disturbance) implements Measurement {}

    private static final Measured BUSY = new Measured(0.43, Optional.of("others took 43 %"));
    private static final Measured QUIET = new Measured(0.02, Optional.empty());

    @Command
    private static final class Bench {
        @Mixin
        private final BenchOptions options = new BenchOptions();
    }

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();

    private void report(Measurement measurement, String... arguments) {
        var bench = new Bench();
        new CommandLine(bench).parseArgs(arguments);
        bench.options.requireQuiet(measurement, new PrintWriter(out, true));
        BenchOptions.printOthers(measurement, new PrintWriter(out, true));
        bench.options.write(BenchOptions.putOthers(new Manifest(), measurement));
    }

    @Test
    void figuresOfABusyMachineAreRefused() {
        assertThatThrownBy(() -> report(BUSY)).isInstanceOf(BusyMachineException.class)
                .hasMessageContaining("others took 43 %").hasMessageContaining("--busy-ok");
        assertThat(out.toString()).isEmpty();
    }

    @Test
    void aMachineThatOthersUseAlreadyIsRefusedBeforeAnythingIsMeasured() {
        assertThatThrownBy(() -> BenchOptions.requireIdle(0.43)).isInstanceOf(BusyMachineException.class)
                .hasMessageContaining("other programs took 43 % of the cores").hasMessageContaining("--busy-ok");
        BenchOptions.requireIdle(0.02);
    }

    @Test
    void theyAreReportedAndMarkedIfOneAsksForThem() throws IOException {
        Path json = folder.resolve("busy.json");
        report(BUSY, "--busy-ok", "--json", json.toString());
        assertThat(out.toString().lines()).containsExactly("BUSY: others took 43 %; these figures do not count",
                "other programs took 43.0 % of the cores meanwhile (BUSY, see above)");
        assertThat(Files.readString(json)).contains("\"others_share_of_cpu\" : 0.43",
                "\"busy\" : \"others took 43 %\"");
    }

    @Test
    void quietFiguresHaveNoMark() throws IOException {
        Path json = folder.resolve("quiet.json");
        for (var arguments : List.of(new String[]{"--json", json.toString()},
                new String[]{"--busy-ok", "--json", json.toString()})) {
            report(QUIET, arguments);
            assertThat(Files.readString(json)).contains("\"busy\" : null");
        }
        assertThat(out.toString()).doesNotContain("BUSY");
    }
}
