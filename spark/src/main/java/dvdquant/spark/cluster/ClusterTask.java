package dvdquant.spark.cluster;

import java.io.Serializable;

/**
 * A piece of work for an executor. It may run more than once, and at the same time twice: what it writes is its own until the driver takes the
 * result of one run.
 *
 * @param <R> what comes of it, which is sent to the driver
 */
public interface ClusterTask<R> extends Serializable {
    /** What people know it by, as {@code layer blocks.0.attn1.to_q}. */
    String label();

    /** @throws Exception if it fails; it is tried again then, on another executor perhaps */
    R run() throws Exception;
}
