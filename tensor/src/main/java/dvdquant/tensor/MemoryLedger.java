package dvdquant.tensor;

import java.util.HashSet;
import java.util.Set;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * The memory of a device: what is free now, less what somebody has reserved and not taken yet. Thus two who each fit alone do not both
 * begin.
 */
public final class MemoryLedger {
    private final LongSupplier free;
    private final Set<Reservation> reservations = new HashSet<>();

    /**
     * Of a device of which nothing is reserved.
     *
     * @param free measures the bytes that nobody has
     */
    public MemoryLedger(LongSupplier free) {
        this.free = free;
    }

    /** Memory that somebody has a claim to, until it is closed. */
    public final class Reservation implements AutoCloseable {
        private final long bytes;
        private long taken;

        private Reservation(long bytes, long taken) {
            this.bytes = bytes;
            this.taken = taken;
        }

        /** {@return how many bytes were asked for, taken or not} */
        public long bytes() {
            return bytes;
        }

        /**
         * Says how many of the bytes are held for good, such as loaded weights: those are not free any more.
         *
         * @param held bytes, in all
         */
        public void taken(long held) {
            synchronized (MemoryLedger.this) {
                taken = held;
            }
        }

        /** {@return bytes that are not taken} */
        public long outstanding() {
            return Math.max(0, bytes - taken);
        }

        @Override
        public void close() {
            synchronized (MemoryLedger.this) {
                reservations.remove(this);
            }
        }
    }

    /** {@return bytes that a newcomer may have} */
    public synchronized long availableBytes() {
        return free.getAsLong() - reservedBytes();
    }

    /** {@return bytes that have been reserved and not been taken} */
    public synchronized long reservedBytes() {
        return reservations.stream().mapToLong(Reservation::outstanding).sum();
    }

    /**
     * Sets memory aside.
     *
     * @param bytes in all
     * @param taken bytes of it that the caller holds already
     * @param refusal made and thrown if there is not as much
     * @return the reservation, for the caller to close
     */
    public synchronized Reservation reserve(long bytes, long taken, Supplier<? extends RuntimeException> refusal) {
        if (bytes - taken > availableBytes()) throw refusal.get();
        var reservation = new Reservation(bytes, taken);
        reservations.add(reservation);
        return reservation;
    }

    /**
     * {@return a reservation of which nothing is held yet, for the caller to close}
     *
     * @param bytes in all
     * @param refusal made and thrown if there is not as much
     */
    public Reservation reserve(long bytes, Supplier<? extends RuntimeException> refusal) {
        return reserve(bytes, 0, refusal);
    }
}
