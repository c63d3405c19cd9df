package dvdquant.evaluate.report.page;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.Report;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * Writes a report into a folder: {@code index.html}, {@code results.csv} (a row a variant), {@code clips.csv} (a row a clip),
 * {@code results.json}. Clips go into the page up to 48 MiB together, the rest into {@code media} beside it.
 */
public final class ReportWriter {
    private ReportWriter() {}

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
        StagedPath.write(folder.resolve("results.csv"), Csv.results(report));
        StagedPath.write(folder.resolve("clips.csv"), Csv.clips(report));
        StagedPath.write(folder.resolve("results.json"), Json.of(report));
        Path page = folder.resolve("index.html");
        StagedPath.write(page, Page.of(report, new Media(folder, inlineBytes)));
        return page;
    }
}
