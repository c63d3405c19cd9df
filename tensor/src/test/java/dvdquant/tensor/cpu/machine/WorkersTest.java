package dvdquant.tensor.cpu.machine;

import dvdquant.tensor.natives.TensorException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicIntegerArray;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class WorkersTest {
    private Workers workers;

    @BeforeEach
    void start() {
        workers = new Workers(2);
    }

    @AfterEach
    void stop() {
        Thread.interrupted();
        workers.close();
    }

    @Test
    void runsEachTaskOnce() {
        for (int tasks : new int[]{0, 1, 2, 1000}) {
            var runs = new AtomicIntegerArray(tasks + 1);
            workers.forEach(tasks, task -> runs.incrementAndGet((int) task));
            for (int i = 0; i < tasks; i++) {
                assertThat(runs.get(i)).isEqualTo(1);
            }
            assertThat(runs.get(tasks)).isZero();
        }
    }

    /** Fails in one thread while the other is in a task: the caller may free the memory as soon as it sees the exception. */
    @Test
    void waitsForTheOthersWhenATaskFails() {
        var begun = new CountDownLatch(1);
        var finished = new AtomicBoolean();
        assertThatThrownBy(() -> workers.forEach(2, task -> {
            if (task == 0) {
                await(begun);
                throw new IllegalStateException("no luck");
            }
            begun.countDown();
            sleep(100);
            finished.set(true);
        })).isInstanceOf(TensorException.class).hasMessage("a worker failed: no luck")
                .hasCauseInstanceOf(IllegalStateException.class);
        assertThat(finished).isTrue();
    }

    @Test
    void beginsNoTaskAfterAFailure() {
        var runs = new AtomicInteger();
        assertThatThrownBy(() -> workers.forEach(1_000_000, _ -> {
            runs.incrementAndGet();
            throw new OutOfMemoryError("as they are");
        })).isInstanceOf(OutOfMemoryError.class).hasMessage("as they are");
        assertThat(runs.get()).isBetween(1, 2);
        var after = new AtomicInteger();
        workers.forEach(10, _ -> after.incrementAndGet());
        assertThat(after).hasValue(10);
    }

    @Test
    void finishesAndStaysInterrupted() {
        var finished = new AtomicInteger();
        Thread.currentThread().interrupt();
        workers.forEach(2, _ -> {
            sleep(50);
            finished.incrementAndGet();
        });
        assertThat(finished).hasValue(2);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
        assertThatThrownBy(() -> workers.forEach(1, _ -> {
            throw new IllegalStateException();
        })).isInstanceOf(TensorException.class);
        assertThat(Thread.currentThread().isInterrupted()).isTrue();
    }

    private static void await(CountDownLatch latch) {
        try {
            latch.await();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    private static void sleep(long millis) {
        try {
            Thread.sleep(millis);
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
