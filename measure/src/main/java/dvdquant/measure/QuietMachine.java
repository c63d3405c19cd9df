package dvdquant.measure;

import dvdquant.core.machine.CpuUse;

import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.locks.LockSupport;

/** Figures mean something on cores that do nothing else. */
public final class QuietMachine {
    /** Others' part of the cores up to which figures mean something: a system that does nothing takes 1 or 2 %. */
    private static final double MAX_OTHERS = 0.05;
    /** Slowest run by fastest; quiet machines stay under 1.1. */
    private static final double MAX_SPREAD = 1.3;

    private QuietMachine() {}

    /** The part of the cores that others take while this process waits so long, 0 to 1. */
    public static double othersShareOf(Duration look) {
        CpuUse start = CpuUse.now();
        LockSupport.parkNanos(look.toNanos());
        return CpuUse.now().othersSince(start);
    }

    /**
     * What spoiled a measurement; empty if nothing did.
     *
     * @param othersShare the part of the cores that other programs took meanwhile, 0 to 1
     * @param results whose runs have to be alike
     */
    public static Optional<String> disturbance(double othersShare, List<Timing> results) {
        if (othersShare > MAX_OTHERS) {
            return Optional.of(String.format(Locale.ROOT,
                    "other programs took %.0f %% of the cores that this may run on, at most %.0f %% is fine",
                    100 * othersShare, 100 * MAX_OTHERS));
        }
        return results.stream().filter(result -> result.spread() > MAX_SPREAD).findFirst()
                .map(result -> String.format(Locale.ROOT,
                        "the slowest of the runs of the %s took %.2f times as long as the fastest, at most %.1f is fine",
                        result.name(), result.spread(), MAX_SPREAD));
    }
}
