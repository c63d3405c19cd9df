package dvdquant.app.text;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.ValueLayout;

/** What standard error is connected to. */
public final class Terminal {
    private static final int STDERR = 2;

    private Terminal() {}

    /** Whether a person watches standard error; {@code System.console()} knows of standard input and output only. */
    @SuppressWarnings("restricted") // libc's isatty
    public static boolean onStandardError() {
        Linker linker = Linker.nativeLinker();
        var isatty = linker.defaultLookup().find("isatty");
        if (isatty.isEmpty()) return false;
        var call = linker.downcallHandle(isatty.get(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT));
        try {
            return (int) call.invokeExact(STDERR) == 1;
        } catch (Throwable _) {
            return false;
        }
    }
}
