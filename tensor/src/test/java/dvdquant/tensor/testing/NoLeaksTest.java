package dvdquant.tensor.testing;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.discovery.DiscoverySelectors;
import org.junit.platform.launcher.core.LauncherDiscoveryRequestBuilder;
import org.junit.platform.launcher.core.LauncherFactory;
import org.junit.platform.launcher.listeners.SummaryGeneratingListener;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

/** Runs the classes below, some of which leak, and looks at what JUnit says of them. */
class NoLeaksTest {
    /** What the leaking tests leave behind, held so that the collector cannot free it during the test. */
    private static final List<Tensor> LEAKED = new ArrayList<>();

    @NoLeaks
    static class Clean {
        @Test
        void closesItsScope() {
            try (var _ = TensorScope.open()) {
                Tensor.zeros(ElementType.F32, 3).add(1);
            }
        }
    }

    @NoLeaks
    static class WithoutScope {
        @Test
        void leaks() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }

        @Test
        void doesNot() {}
    }

    static class OneMethod {
        @Test
        @NoLeaks
        void checked() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }

        @Test
        void unchecked() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }
    }

    @NoLeaks
    static class InSetUp {
        @BeforeEach
        void leaks() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }

        @Test
        void fails() {}
    }

    @NoLeaks
    static class InClassSetUp {
        @BeforeAll
        static void leaks() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }

        @Test
        void passes() {}
    }

    @NoLeaks
    static class Inherited {}

    static class Heir extends Inherited {
        @Test
        void leaks() {
            LEAKED.add(Tensor.zeros(ElementType.F32, 3));
        }
    }

    /** What earlier tests left to the collector would hide a leak here if it were freed just then. */
    @BeforeEach
    void settle() throws InterruptedException {
        System.gc();
        for (long before = -1; before != Pointer.totalCount(); Thread.sleep(100)) {
            before = Pointer.totalCount();
        }
    }

    @Test
    void passesATestThatLeavesNothing() {
        assertThat(failures(Clean.class)).isEmpty();
    }

    @Test
    void failsATestThatLeaks() {
        assertThat(failures(WithoutScope.class)).hasSize(2) // the class has left behind what its test has
                .anySatisfy(failure -> assertThat(failure).contains("left behind by leaks()"))
                .anySatisfy(failure -> assertThat(failure).contains("WithoutScope;"));
        assertThat(failures(Heir.class)).hasSize(2);
    }

    @Test
    void checksAnnotatedMethodsOnly() {
        assertThat(failures(OneMethod.class)).singleElement().asString().contains("left behind by checked()");
    }

    @Test
    void checksWhatIsMadeAroundTests() {
        assertThat(failures(InSetUp.class)).hasSize(2);
        assertThat(failures(InClassSetUp.class)).singleElement().asString().contains("InClassSetUp;");
    }

    private static List<String> failures(Class<?> tests) {
        var listener = new SummaryGeneratingListener();
        LauncherFactory.create().execute(LauncherDiscoveryRequestBuilder.request()
                .selectors(DiscoverySelectors.selectClass(tests)).build(), listener);
        return listener.getSummary().getFailures().stream().map(failure -> failure.getException().getMessage())
                .toList();
    }
}
