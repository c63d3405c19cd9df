package dvdquant.spark.testing;

import dvdquant.spark.Main;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Runs the command line in this JVM, as {@code spark-submit} does in client mode: what it is told stands in system properties. */
public record SparkRun(int code, String out, String err) {
    /** Surefire's own is a jar that names the others. */
    public static final String CLASS_PATH = System.getProperty("surefire.test.class.path",
            System.getProperty("java.class.path"));
    /** Executors in processes of their own: two, of one core. They find the classes of the tests. */
    public static final Map<String, String> LOCAL_CLUSTER = Map.of("spark.master", "local-cluster[2,1,1024]",
            "spark.executor.memory", "1024m", "spark.executor.extraClassPath", CLASS_PATH);
    /** In this process. */
    public static final Map<String, String> LOCAL = Map.of("spark.master", "local[2]");

    /** @param settings of Spark, which count for this run only */
    public static SparkRun of(Map<String, String> settings, String... arguments) {
        var all = new TreeMap<>(settings);
        all.put("spark.ui.enabled", "false");
        makeHome();
        all.forEach(System::setProperty);
        var out = new StringWriter();
        var err = new StringWriter();
        try {
            int code = Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
            return new SparkRun(code, out.toString(), err.toString());
        } finally {
            all.keySet().forEach(System::clearProperty);
        }
    }

    /** Executors are started by way of it. */
    private static void makeHome() {
        try {
            Files.createDirectories(Path.of(System.getenv("SPARK_HOME"), "jars"));
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    /** With some settings more. */
    public static Map<String, String> with(Map<String, String> settings, String... keysAndValues) {
        var all = new TreeMap<>(settings);
        for (int i = 0; i < keysAndValues.length; i += 2) {
            all.put(keysAndValues[i], keysAndValues[i + 1]);
        }
        return all;
    }

    /** Processes of executors, children of this one. */
    public static List<ProcessHandle> executors() {
        var executors = new ArrayList<ProcessHandle>();
        ProcessHandle.current().descendants().filter(child -> commandLine(child).contains("ExecutorBackend"))
                .forEach(executors::add);
        return executors;
    }

    /** Java cuts those off that are long. */
    private static String commandLine(ProcessHandle process) {
        try {
            return Files.readString(Path.of("/proc/" + process.pid() + "/cmdline"));
        } catch (IOException _) {
            return ""; // it has ended
        }
    }
}
