package dvdquant.app;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** dvdquant in a process of its own, for tests to send signals to. */
public final class Child {
    /**
     * What a shell starts in the background ignores Ctrl-C, and so does all that it starts in turn, a JVM too: env resets it, however the
     * build was started.
     */
    private static final List<String> HEEDS_CTRL_C = List.of("env", "--default-signal=INT");

    private Child() {}

    /**
     * @param flags of the JVM
     * @return its output has its errors too
     */
    public static Process start(List<String> flags, List<String> arguments) throws IOException {
        var command = new ArrayList<>(HEEDS_CTRL_C);
        command.addAll(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--add-modules=jdk.incubator.vector", "--enable-native-access=ALL-UNNAMED"));
        command.addAll(flags);
        command.addAll(List.of("-cp", System.getProperty("java.class.path"), "dvdquant.app.Main"));
        command.addAll(arguments);
        return new ProcessBuilder(command).redirectErrorStream(true).start();
    }

    /** @param signal such as {@code -INT}, Ctrl-C's */
    public static void signal(Process process, String signal) throws IOException, InterruptedException {
        new ProcessBuilder("kill", signal, Long.toString(process.pid())).start().waitFor();
    }
}
