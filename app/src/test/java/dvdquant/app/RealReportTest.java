package dvdquant.app;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ReducedMotion;
import dvdquant.evaluate.report.page.Browser;
import dvdquant.evaluate.report.page.ReportPageTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Path;

import static org.assertj.core.api.Assertions.assertThat;

/** Reports that the program itself wrote, whole: what they say, and, where there is a browser, that they open and play in it. */
class RealReportTest {
    private static final Path MODEL = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan");

    @TempDir
    private Path folder;

    @Test
    void theDemoComparesFiveVariants() {
        String printed = run("demo", "-o", folder.toString());
        assertThat(printed).contains("full precision", "W4A8 dvd-quant", "W4A6 dvd-quant", "W4A4 dvd-quant",
                "W4A4 minmax", "the report is in " + folder.resolve("index.html"));
        openInBrowser(folder.resolve("index.html"), page -> {
            String videos = "[...document.querySelectorAll('video')]";
            ReportPageTest.waitFor(page, videos + ".every(v => v.readyState >= 2)");
            assertThat(page.evaluate(videos + ".map(v => v.videoWidth + 'x' + v.videoHeight).join(' ')"))
                    .isEqualTo("128x128 128x128 128x128 128x128 128x128");
            page.click(".play");
            ReportPageTest.waitFor(page, videos + ".every(v => v.currentTime > 0.3)");
            assertThat(page.locator(".results tbody tr").count()).isEqualTo(5);
        });
    }

    @Test
    void activationsAreDrawn() {
        run("inspect", "activations", MODEL.toString(), "-p", "a red circle", "--steps", "2", "-o",
                folder.toString());
        openInBrowser(folder.resolve("activations.html"), page -> {
            assertThat(page.textContent("h1")).contains("tiny-wan");
            assertThat(page.locator("svg").count()).isPositive();
        });
    }

    private static String run(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
        assertThat(exit).as(err.toString()).isZero();
        return out.toString();
    }

    private interface Look {
        void at(Page page);
    }

    /** Nothing is fetched, and nothing goes wrong. */
    private static void openInBrowser(Path file, Look look) {
        if (Browser.executable().isEmpty()) {
            System.out.println("a real report in a browser: skipped, there is no chromium (apt-get install chromium)");
            return;
        }
        try (var browser = Browser.launch()) {
            look.at(browser.open(file, 1440, ReducedMotion.REDUCE));
            assertThat(browser.requests())
                    .allMatch(url -> url.startsWith("data:") || url.equals(file.toUri().toString()));
            assertThat(browser.complaints()).isEmpty();
        }
    }
}
