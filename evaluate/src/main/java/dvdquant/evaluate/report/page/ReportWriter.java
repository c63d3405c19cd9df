package dvdquant.evaluate.report.page;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.Report;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes a report into a folder: {@code index.html}, {@code results.csv} (a row a variant), {@code clips.csv} (a row a clip),
 * {@code results.json}. Clips go into the page up to 48 MiB together, the rest into {@code media} beside it.
 */
public final class ReportWriter {
    private static final String ROWS = "results.csv";
    private static final String CLIPS = "clips.csv";
    private static final String JSON = "results.json";
    private static final String PAGE = "index.html";

    private ReportWriter() {}

    /** What is written into a folder, but for clips. */
    public static List<Path> files(Path folder) {
        return Stream.of(ROWS, CLIPS, JSON, PAGE).map(folder::resolve).toList();
    }

    /**
     * Writes each file whole or not at all; the page last. Files of an earlier report are replaced.
     *
     * @return the page
     * @throws InputException if a clip cannot be read, or the folder cannot be written to
     */
    public static Path write(Report report, Path folder) {
        return write(report, folder, Media.INLINE_BYTES);
    }

    /** With another limit on the bytes of clips in the page. */
    static Path write(Report report, Path folder, long inlineBytes) {
        StagedPath.write(folder.resolve(ROWS), Csv.results(report));
        StagedPath.write(folder.resolve(CLIPS), Csv.clips(report));
        StagedPath.write(folder.resolve(JSON), Json.of(report));
        Path page = folder.resolve(PAGE);
        StagedPath.write(page, Page.of(report, new Media(folder, inlineBytes)));
        return page;
    }
}
