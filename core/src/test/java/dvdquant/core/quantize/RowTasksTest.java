package dvdquant.core.quantize;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.StoredTensor;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

/** Over the 256 rows of a layer of the demo model. */
class RowTasksTest {
    private final ExecutorService threads = Executors.newFixedThreadPool(3);
    private final RowTasks tasks = new RowTasks(threads);
    private final Checkpoint checkpoint = Checkpoint
            .open(Path.of(System.getProperty("project.root", "")).resolve("demo/tiny-wan/transformer"));
    private final StoredTensor weight = checkpoint.tensor("blocks.0.attn1.to_q.weight");

    @AfterEach
    void close() {
        threads.close();
        checkpoint.close();
    }

    @Test
    void resultsAreInTheOrderOfTheRows() {
        assertThat(tasks.run(weight, (first, last) -> List.of(first, last))).containsExactly(List.of(0, 64),
                List.of(64, 128), List.of(128, 192), List.of(192, 256));
    }

    @Test
    void whatIsWrongWithRowsNamesTheWeight() {
        assertThatThrownBy(() -> tasks.run(weight, (_, _) -> {
            throw new IllegalArgumentException("row 7: a weight is NaN or infinite");
        })).isInstanceOf(InputException.class)
                .hasMessage(weight.file() + ": tensor 'blocks.0.attn1.to_q.weight' cannot be quantized: "
                        + "row 7: a weight is NaN or infinite");
        var own = new InputException("of its own");
        assertThatThrownBy(() -> tasks.run(weight, (_, _) -> {
            throw own;
        })).isSameAs(own);
        assertThatThrownBy(() -> tasks.run(weight, (_, _) -> {
            throw new IllegalStateException("a bug");
        })).isInstanceOf(IllegalStateException.class).hasMessageContaining("'blocks.0.attn1.to_q.weight' failed")
                .hasRootCauseMessage("a bug");
    }

    @Test
    void anInterruptedThreadIsCancelled() {
        var end = new CountDownLatch(1);
        Thread.currentThread().interrupt();
        try {
            assertThatThrownBy(() -> tasks.run(weight, (_, _) -> await(end))).isInstanceOf(CancellationException.class);
            assertThat(Thread.interrupted()).isTrue();
        } finally {
            end.countDown();
        }
    }

    private static boolean await(CountDownLatch end) {
        try {
            return end.await(1, TimeUnit.MINUTES);
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }
}
