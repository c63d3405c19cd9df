package dvdquant.app.bench;

import java.util.Locale;

/** What was measured says nothing about us, since others used the machine meanwhile. */
public final class BusyMachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private BusyMachineException(String message) {
        super(message);
    }

    static BusyMachineException others(double share, double limit) {
        return new BusyMachineException(String.format(Locale.ROOT,
                "the machine is busy: other programs took %.0f %% of its cores during the measurement, at most %.0f %% is "
                        + "fine; nothing is reported, run again when it is quiet",
                100 * share, 100 * limit));
    }

    static BusyMachineException unsteady(String what, double ratio) {
        return new BusyMachineException(String.format(Locale.ROOT,
                "the machine is busy or changes its clock: the slowest of the runs of the %s took %.2f times as long as the "
                        + "fastest; nothing is reported, run again when it is quiet",
                what, ratio));
    }
}
