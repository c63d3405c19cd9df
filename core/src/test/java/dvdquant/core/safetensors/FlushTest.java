package dvdquant.core.safetensors;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

import java.io.IOException;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

@Timeout(30)
class FlushTest {
    /** What was forced, in order: with metadata or without. */
    private final List<Boolean> forced = new CopyOnWriteArrayList<>();
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch released = new CountDownLatch(1);

    /** The background's flush goes on until it is released; the last one does not wait. */
    private void blocking(boolean metadata) {
        forced.add(metadata);
        begun.countDown();
        if (metadata) return;
        try {
            released.await();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    @Test
    void aLittleIsLeftToTheEnd() throws IOException {
        var flush = new Flush(forced::add);
        flush.written(Flush.BYTES_A_FLUSH - 1);
        flush.finish();
        assertThat(forced).containsExactly(true);
    }

    @Test
    void muchIsFlushedWhileWritingGoesOnOneFlushAtATime() throws Exception {
        var flush = new Flush(this::blocking);
        flush.written(Flush.BYTES_A_FLUSH - 1);
        flush.written(1);
        begun.await();
        flush.written(Flush.BYTES_A_FLUSH);
        flush.written(Flush.BYTES_A_FLUSH);
        assertThat(forced).containsExactly(false);
        released.countDown();
        flush.finish();
        assertThat(forced).containsExactly(false, true);
    }

    @Test
    void finishingReportsAFailureOfAnEarlierFlush() throws Exception {
        var failure = new IOException("No space left on device");
        var flush = new Flush(metadata -> {
            if (!metadata) throw failure;
        });
        flush.written(Flush.BYTES_A_FLUSH);
        assertThatThrownBy(flush::finish).isSameAs(failure);
    }

    @Test
    void finishingReportsAFailureOfItsOwn() {
        var failure = new IOException("Input/output error");
        var flush = new Flush(_ -> {
            throw failure;
        });
        assertThatThrownBy(flush::finish).isSameAs(failure);
    }

    @Test
    void anInterruptDoesNotCutTheFlushShortAndIsKept() throws Exception {
        var flush = new Flush(metadata -> {
            if (metadata) releaseLater();
            blocking(metadata);
        });
        flush.written(Flush.BYTES_A_FLUSH);
        begun.await();
        Thread.currentThread().interrupt();
        flush.finish();
        assertThat(Thread.interrupted()).isTrue();
        assertThat(released.getCount()).isZero();
    }

    /** Once the finishing thread waits for the flush, having swallowed the interrupt. */
    private void releaseLater() {
        Thread finishing = Thread.currentThread();
        Thread.ofPlatform().daemon().start(() -> {
            while (finishing.isInterrupted() || finishing.getState() != Thread.State.WAITING) {
                Thread.onSpinWait();
            }
            released.countDown();
        });
    }
}
