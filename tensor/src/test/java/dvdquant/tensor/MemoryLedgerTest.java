package dvdquant.tensor;

import dvdquant.core.InputException;
import org.junit.jupiter.api.Test;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Supplier;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MemoryLedgerTest {
    private final AtomicLong free = new AtomicLong(100);
    private final MemoryLedger memory = new MemoryLedger(free::get);

    private static Supplier<InputException> refusal() {
        return () -> new InputException("not enough memory");
    }

    @Test
    void whatTwoReserveAddsUp() {
        var first = memory.reserve(60, refusal());
        try (var _ = memory.reserve(40, refusal())) {
            assertThat(memory.reservedBytes()).isEqualTo(100);
            assertThat(memory.availableBytes()).isZero();
            assertThatThrownBy(() -> memory.reserve(1, refusal())).hasMessage("not enough memory");
            first.close();
            assertThat(memory.availableBytes()).isEqualTo(60);
        }
        assertThat(memory.availableBytes()).isEqualTo(100);
    }

    @Test
    void whatIsTakenIsNotFreeAnyMoreAndNotReservedTwice() {
        try (var weights = memory.reserve(60, refusal())) {
            free.addAndGet(-50);
            weights.taken(50);
            assertThat(memory.reservedBytes()).isEqualTo(10);
            assertThat(memory.availableBytes()).isEqualTo(40);
        }
        assertThat(memory.availableBytes()).isEqualTo(50);
    }

    @Test
    void whatTheCallerHoldsAlreadyNeedNotBeFree() {
        free.set(10);
        try (var _ = memory.reserve(60, 50, refusal())) {
            assertThat(memory.availableBytes()).isZero();
        }
    }
}
