package dvdquant.tensor.testing;

import dvdquant.tensor.natives.NativeThreads;
import org.bytedeco.javacpp.Pointer;
import org.junit.jupiter.api.extension.AfterAllCallback;
import org.junit.jupiter.api.extension.AfterEachCallback;
import org.junit.jupiter.api.extension.BeforeAllCallback;
import org.junit.jupiter.api.extension.BeforeEachCallback;
import org.junit.jupiter.api.extension.ExtensionContext;

/** Counts the live pointers of JavaCPP around tests and classes; see {@link NoLeaks}. */
final class LeakCheck implements BeforeAllCallback, AfterAllCallback, BeforeEachCallback, AfterEachCallback {
    @Override
    public void beforeAll(ExtensionContext context) {
        remember(context);
    }

    @Override
    public void beforeEach(ExtensionContext context) {
        remember(context);
    }

    @Override
    public void afterEach(ExtensionContext context) {
        check(context);
    }

    @Override
    public void afterAll(ExtensionContext context) {
        check(context);
    }

    private static ExtensionContext.Store store(ExtensionContext context) {
        return context.getStore(ExtensionContext.Namespace.create(LeakCheck.class, context.getUniqueId()));
    }

    private static void remember(ExtensionContext context) {
        NativeThreads.count(); // loads the libraries, so that what they make for good is there already
        store(context).put(Pointer.class, Pointer.totalCount());
    }

    private static void check(ExtensionContext context) {
        long before = store(context).remove(Pointer.class, Long.class);
        long leaked = Pointer.totalCount() - before;
        if (leaked <= 0) return; // fewer: the collector freed what a test without this check had left behind
        throw new AssertionError(leaked + " native objects are left behind by " + context.getDisplayName()
                + "; -Dorg.bytedeco.javacpp.logger.debug=true prints each as it is made");
    }
}
