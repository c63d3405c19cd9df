package dvdquant.app.compare;

import dvdquant.app.options.FilePairs;
import dvdquant.core.InputException;
import dvdquant.evaluate.report.page.ReportWriter;
import picocli.CommandLine.Option;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/** Where a report goes, and what is measured for it. */
final class ReportOptions {
    @Option(names = {"-o",
            "--output"}, paramLabel = "DIR", required = true, description = "The report's folder: a new one, or that of a run to go on with.")
    Path output;

    @Option(names = "--open", description = "Open the report in the browser.")
    boolean open;

    @Option(names = "--lpips", paramLabel = "FILE", description = "Measure LPIPS too, with these weights (safetensors: AlexNet and the lpips package's linear layers).")
    Path lpips;

    @Option(names = {"-q", "--quiet"}, description = "Print the table and errors only.")
    boolean quiet;

    ReportOptions() {}

    /** Not from the command line. */
    ReportOptions(Path output, boolean open) {
        this.output = output;
        this.open = open;
    }

    /**
     * @param reads what the command reads beside the weights of LPIPS
     * @param err gets a warning of what other runs have left there
     * @throws InputException if a file of the report would take the place of one
     */
    void requireApart(FilePairs reads, PrintWriter err) {
        reads.reads("--lpips", lpips);
        ReportWriter.files(output).forEach(file -> reads.writes("the report's", file));
        reads.requireApart();
        reads.noteLeftovers(err);
    }

    Optional<Path> lpips() {
        if (lpips != null && !Files.isRegularFile(lpips)) {
            throw new InputException("--lpips " + lpips + ": no such file, expected the weights as safetensors");
        }
        return Optional.ofNullable(lpips);
    }
}
