package dvdquant.cuda;

import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.TagFilter;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

import java.io.PrintWriter;
import java.util.Arrays;

/**
 * Runs the tests that need a GPU, without Maven: {@code java -cp … dvdquant.cuda.GpuTests [CLASS …]}. Ends with 1 if one fails, or none
 * ran.
 */
public final class GpuTests {
    private GpuTests() {}

    public static void main(String[] classes) {
        var request = LauncherDiscoveryRequestBuilder.request().filters(TagFilter.includeTags("gpu"));
        if (classes.length == 0) request.selectors(DiscoverySelectors.selectPackage("dvdquant"));
        Arrays.stream(classes).map(DiscoverySelectors::selectClass).forEach(request::selectors);
        var summary = new SummaryGeneratingListener();
        LauncherFactory.create().execute(request.build(), summary);
        summary.getSummary().printFailuresTo(new PrintWriter(System.out, true), 12);
        summary.getSummary().printTo(new PrintWriter(System.out, true));
        boolean passed = summary.getSummary().getTotalFailureCount() == 0
                && summary.getSummary().getTestsSucceededCount() > 0;
        System.exit(passed ? 0 : 1);
    }
}
