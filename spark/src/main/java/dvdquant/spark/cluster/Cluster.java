package dvdquant.spark.cluster;

import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;
import scala.Function2;
import scala.collection.Iterator;
import scala.reflect.ClassTag$;
import scala.runtime.BoxedUnit;

import java.io.Serializable;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;

/** The cluster that this driver has. Jobs may be run by several threads at once. */
public final class Cluster implements AutoCloseable {
    /**
     * As the script of the command line starts its JVM. Without tiers, since Vector API loops that are compiled in tiers can end up boxing their
     * vectors.
     */
    public static final String JVM_FLAGS = "--add-modules=jdk.incubator.vector --enable-native-access=ALL-UNNAMED "
            + "-XX:-TieredCompilation";

    private final JavaSparkContext context;

    private Cluster(JavaSparkContext context) {
        this.context = context;
    }

    /**
     * Connects to the cluster that {@code spark-submit} names; without one the cores of this machine stand for it.
     *
     * @param name of the application, on Spark's pages
     */
    public static Cluster open(String name) {
        var conf = new SparkConf();
        conf.setIfMissing("spark.master", "local[*]");
        conf.setIfMissing("spark.app.name", name);
        conf.setIfMissing("spark.log.level", "WARN");
        conf.setIfMissing("spark.ui.showConsoleProgress", "false");
        // Threads of native libraries that spin while they wait, or come beside Java's, take the cores from it.
        conf.setIfMissing("spark.executorEnv.OMP_WAIT_POLICY", "passive");
        conf.setIfMissing("spark.executorEnv.OPENBLAS_NUM_THREADS", "1");
        conf.set("spark.executor.extraJavaOptions",
                (JVM_FLAGS + " " + conf.get("spark.executor.extraJavaOptions", "")).strip());
        return new Cluster(new JavaSparkContext(conf));
    }

    public JavaSparkContext context() {
        return context;
    }

    /** Of all executors that are there now. */
    public int cores() {
        return context.defaultParallelism();
    }

    /** What the tasks of a job share; sent to each executor once. */
    public <T> Broadcast<T> share(T value) {
        return context.broadcast(value);
    }

    /** A sum that tasks add to, shown on Spark's pages. A task that runs twice may count twice there. */
    public LongAccumulator counter(String name) {
        return context.sc().longAccumulator(name);
    }

    /**
     * Runs tasks, and hands on what comes of each as it comes: of each exactly once, whatever is lost or run twice meanwhile.
     *
     * @param <R> of a result
     * @param job what it is for, on Spark's pages
     * @param stage what the tasks do, there
     * @param results called on one thread at a time; what it throws ends the job, and is thrown here
     * @throws TaskFailedException if a task failed for good
     */
    public <R> void run(String job, String stage, List<? extends ClusterTask<R>> tasks, Consumer<R> results) {
        if (tasks.isEmpty()) return;
        String group = UUID.randomUUID().toString();
        context.setJobGroup(group, job, false);
        context.setCallSite(stage);
        var refused = new AtomicReference<RuntimeException>();
        try {
            JavaRDD<ClusterTask<R>> rdd = context.<ClusterTask<R>>parallelize(Collections.unmodifiableList(tasks),
                    tasks.size()).setName(stage);
            context.sc().runJob(rdd.rdd(), runner(), (_, result) -> {
                if (refused.get() == null) take(result, results, refused, group);
                return BoxedUnit.UNIT;
            }, ClassTag$.MODULE$.<R>apply(Object.class));
        } catch (Exception e) { // what Spark throws, it does not declare
            if (refused.get() == null) throw TaskFailedException.of(e, tasks);
        } finally {
            context.clearJobGroup();
            context.clearCallSite();
        }
        if (refused.get() != null) throw refused.get();
    }

    private <R> void take(R result, Consumer<R> results, AtomicReference<RuntimeException> refused, String group) {
        try {
            results.accept(result);
        } catch (RuntimeException e) {
            refused.set(e);
            context.cancelJobGroup(group);
        }
    }

    private static <R> Function2<TaskContext, Iterator<ClusterTask<R>>, R> runner() {
        return (Function2<TaskContext, Iterator<ClusterTask<R>>, R> & Serializable) (_, tasks) -> runNext(tasks);
    }

    private static <R> R runNext(Iterator<ClusterTask<R>> tasks) {
        ClusterTask<R> task = tasks.next();
        try {
            return Objects.requireNonNull(task.run());
        } catch (Exception e) {
            throw new IllegalStateException(task.label() + ": " + e, e);
        }
    }

    /** Which run of a task this is: no two have the same number. */
    public static long attempt() {
        return TaskContext.get().taskAttemptId();
    }

    /** Cores that a task has. */
    public static int coresOfTask() {
        return TaskContext.get().cpus();
    }

    @Override
    public void close() {
        context.close();
    }
}
