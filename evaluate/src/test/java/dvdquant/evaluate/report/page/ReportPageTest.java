package dvdquant.evaluate.report.page;

import com.microsoft.playwright.Page;
import com.microsoft.playwright.options.ColorScheme;
import com.microsoft.playwright.options.ReducedMotion;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import static org.assertj.core.api.Assertions.assertThat;

/** The report in a real browser. Pictures of it are left in {@code target/report}. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
public class ReportPageTest {
    private static final String SHOWN = ".scene:not([hidden]) ";
    private static final String TIMES = "[...document.querySelectorAll('" + SHOWN + "video')].map(v => v.currentTime)";

    private Browser browser;
    private Path file;
    private Path large;
    /** One page, of a desktop's width, for most tests; each leaves it paused, at the first scene. */
    private Page page;

    @BeforeAll
    void open(@TempDir Path folder) {
        if (Browser.executable().isEmpty()) {
            System.out.println("report tests in a browser: skipped, there is no chromium (apt-get install chromium)");
            Assumptions.abort("no chromium");
        }
        file = ReportWriter.write(SampleReport.write(folder.resolve("clips")), folder.resolve("report"));
        large = ReportWriter.write(LargeReport.make(), folder.resolve("large"));
        browser = Browser.launch();
        page = browser.open(file, 1440, ReducedMotion.REDUCE);
        waitFor(page, "[...document.querySelectorAll('" + SHOWN + "video')].every(v => v.readyState >= 2)");
    }

    @AfterAll
    void close() {
        if (browser != null) browser.close();
    }

    /** Whatever a test did: nothing was fetched, nothing went wrong. */
    @AfterEach
    void checkQuiet() {
        assertThat(browser.requests()).contains(file.toUri().toString()).allMatch(url -> url.startsWith("data:")
                || url.equals(file.toUri().toString()) || url.equals(large.toUri().toString()));
        assertThat(browser.complaints()).isEmpty();
    }

    /** Asks again and again: the page's policy forbids Playwright's own way of waiting, which evaluates a text in the page. */
    public static void waitFor(Page page, String condition) {
        long end = System.nanoTime() + 20_000_000_000L;
        while (page.evaluate(condition) != Boolean.TRUE) {
            assertThat(System.nanoTime()).as("timed out waiting for " + condition).isLessThan(end);
            page.waitForTimeout(20);
        }
    }

    /** In seconds, from the clip that is behind to the one that is ahead. */
    private double spread() {
        double[] times = ((List<?>) page.evaluate(TIMES)).stream().mapToDouble(v -> ((Number) v).doubleValue()).sorted()
                .toArray();
        assertThat(times).hasSize(5);
        return times[4] - times[0];
    }

    /** The median of some moments: on a busy machine a clip may fall behind for one. */
    private void checkPlaysInStep() {
        var spreads = new double[11];
        for (int i = 0; i < spreads.length; i++) {
            spreads[i] = spread();
            page.waitForTimeout(30);
        }
        Arrays.sort(spreads);
        assertThat(spreads[spreads.length / 2]).as("seconds between the clips").isLessThan(1.0 / SampleReport.FPS);
    }

    private void seek(int frame) {
        page.locator(SHOWN + ".scrub").fill(Integer.toString(frame));
        waitForFrame(frame);
    }

    private void waitForFrame(int frame) {
        waitFor(page, TIMES + ".every(t => Math.abs(t * 8 - " + (frame - 0.5) + ") < 0.01)");
        waitFor(page, "document.querySelector('" + SHOWN + ".position').textContent === '" + frame + " / 17'");
        waitFor(page, "[...document.querySelectorAll('" + SHOWN + "video')].every(v => !v.seeking)");
        page.evaluate("new Promise(drawn => requestAnimationFrame(() => requestAnimationFrame(drawn)))");
    }

    @Test
    void clipsPlayInStep() {
        assertThat(page.evaluate("[...document.querySelectorAll('" + SHOWN + "video')].map(v => v.videoWidth)"))
                .isEqualTo(List.of(128, 128, 128, 128, 128));
        seek(3);
        page.click(SHOWN + ".play");
        waitFor(page, TIMES + ".every(t => t > 0.6)");
        checkPlaysInStep();
        waitFor(page, TIMES + ".every(t => t > 1.2)");
        waitFor(page, TIMES + ".every(t => t < 0.6)"); // it loops
        checkPlaysInStep();
        page.click(SHOWN + ".play");
        waitFor(page, "[...document.querySelectorAll('video')].every(v => v.paused)");
    }

    @Test
    void clipsAreSteppedAndSoughtTogether() {
        seek(9);
        page.locator("h1").click();
        page.keyboard().press("ArrowRight");
        waitForFrame(10);
        page.keyboard().press("ArrowLeft");
        waitForFrame(9);
        Number cursor = (Number) page.evaluate("+document.querySelector('.cursor').getAttribute('x1')");
        assertThat(cursor.doubleValue()).isEqualTo(38 + 312 / 2.0); // frame 9 of 17 is in the middle of the axis
        page.keyboard().press(" ");
        waitFor(page, TIMES + ".every(t => t > 1.4)");
        page.keyboard().press(" ");
        waitFor(page, "[...document.querySelectorAll('video')].every(v => v.paused)");
        assertThat(spread()).isLessThan(0.002);
    }

    @Test
    void differenceAndWipeShowTheClips() {
        seek(5);
        page.selectOption(SHOWN + ".subject", "4");
        double worst = meanLevel();
        assertThat(worst).isGreaterThan(40);
        page.selectOption(SHOWN + ".subject", "1");
        double slight = meanLevel();
        assertThat(slight).isBetween(1.0, worst / 2);
        page.selectOption(SHOWN + ".gain", "1");
        assertThat(meanLevel()).isBetween(slight / 4.5, slight / 2.5);
        page.click(SHOWN + "[data-mode=wipe]");
        assertThat(meanLevel()).isGreaterThan(60);
        assertThat(page.isVisible(SHOWN + ".wipe")).isTrue();
        assertThat(page.isVisible(SHOWN + ".gain")).isFalse();
        page.click(SHOWN + "[data-mode=difference]");
    }

    /** Of the comparison's canvas, from 0 to 255; read from a copy, since a canvas that is read is drawn more slowly. */
    private double meanLevel() {
        return ((Number) page.evaluate("""
                (() => {
                  const shown = document.querySelector('canvas');
                  const copy = new OffscreenCanvas(shown.width, shown.height).getContext('2d');
                  copy.drawImage(shown, 0, 0);
                  const levels = copy.getImageData(0, 0, shown.width, shown.height).data;
                  return levels.reduce((sum, level, i) => sum + (i % 4 < 3 ? level : 0), 0) / levels.length * 4 / 3;
                })()""")).doubleValue();
    }

    @Test
    void promptsAreShownAsTheyAre() {
        page.click(".picker .chip:has-text('2')");
        assertThat(page.textContent(SHOWN + ".prompt")).isEqualTo(SampleReport.HOSTILE);
        assertThat(page.locator(".prompt script, .prompt b").count()).isZero();
        assertThat(page.title()).isEqualTo("tiny-wan in four bits");
        assertThat(page.locator(".scene:not([hidden])").count()).isOne();
        waitFor(page, "[...document.querySelectorAll('" + SHOWN + "video')].every(v => v.readyState >= 2)");
        page.click(".picker .chip:has-text('1')");
    }

    @Test
    void tableSorts() {
        String names = "[...document.querySelectorAll('.results tbody .name')].map(n => n.textContent).join('|')";
        page.click(".results th:has-text('Latents') .sort");
        assertThat(page.evaluate(names)).isEqualTo(
                "W4A8 dvd-quant|W4A4 + δ-GBS|W4A4 dvd-quant|W4A4 minmax|full precision");
        page.click(".results th:has-text('Latents') .sort");
        assertThat(page.evaluate(names)).isEqualTo(
                "W4A4 minmax|W4A4 dvd-quant|W4A4 + δ-GBS|W4A8 dvd-quant|full precision");
        assertThat(page.getAttribute(".results th:has-text('Latents')", "aria-sort")).isEqualTo("ascending");
    }

    @Test
    void chartsFollowTheirLegend() {
        assertThat(page.locator("#charts .lane:visible").count()).isEqualTo(4);
        page.click(".legend .chip:has-text('minmax')");
        assertThat(page.locator("#charts .lane:visible").count()).isEqualTo(3);
        assertThat(page.locator("#charts .series[data-variant='4']:visible").count()).isZero();
        page.click(".legend .chip:has-text('minmax')");
    }

    @Test
    void themeCanBeChosen() {
        String background = "getComputedStyle(document.body).backgroundColor";
        Object light = page.evaluate(background);
        page.click("#theme");
        assertThat(page.evaluate(background)).isEqualTo(light);
        page.click("#theme");
        assertThat(page.evaluate(background)).isNotEqualTo(light);
        assertThat(page.textContent("#theme")).isEqualTo("Theme: dark");
        page.click("#theme");
    }

    @Test
    void readsWellOnADesktop() {
        checkReadsWell(page, 1440);
    }

    @Test
    void playsByItselfAndReadsWellOnAPhone() {
        Page phone = browser.open(file, 360, ReducedMotion.NO_PREFERENCE);
        phone.locator(".clips").first().scrollIntoViewIfNeeded();
        waitFor(phone, TIMES + ".every(t => t > 0.3)");
        phone.click(SHOWN + ".play");
        checkReadsWell(phone, 360);
        phone.close();
    }

    private static void checkReadsWell(Page page, int width) {
        for (ColorScheme scheme : List.of(ColorScheme.DARK, ColorScheme.LIGHT)) {
            page.emulateMedia(new Page.EmulateMediaOptions().setColorScheme(scheme));
            String name = width + "-" + scheme.name().toLowerCase(Locale.ROOT) + ".png";
            page.screenshot(
                    new Page.ScreenshotOptions().setFullPage(true).setPath(Path.of("target/report").resolve(name)));
            assertThat(page.evaluate("document.documentElement.scrollWidth")).isEqualTo(width);
            assertThat((List<?>) page.evaluate(Contrast.SCRIPT)).as("texts of low contrast").isEmpty();
        }
    }

    @Test
    void manyVariantsAreShownAGroupAtATime() {
        Page many = browser.open(large, 360, ReducedMotion.REDUCE);
        assertThat(many.evaluate("document.documentElement.scrollWidth")).isEqualTo(360);
        assertThat(many.locator(".results tbody tr:visible").count()).isEqualTo(29);
        many.click(".filter .chip:has-text('W4A6')");
        assertThat(many.locator(".results tbody tr:visible").count()).isEqualTo(8);
        assertThat(many.locator("#charts .lane:visible").allTextContents()).hasSize(8)
                .allMatch(t -> t.contains("W8A8") || t.contains("full precision"));
        assertThat(many.locator("#charts figure:has(h3:text-is('Error over steps')) .series:visible").count())
                .as("errors drawn before any is asked for")
                .isEqualTo(7);
        assertThat(many.locator(".legend .only").allTextContents()).containsExactlyElementsOf(LargeReport.WIDTHS);
        many.click(".legend .only:has-text('W4A4')");
        assertThat(many.locator("#charts .lane:visible").allTextContents()).hasSize(7)
                .allMatch(t -> t.contains("W4A4"));
        many.close();
    }
}
