package dvdquant.app.bench;

/** What was measured says nothing about us, since others used the machine meanwhile. */
public final class BusyMachineException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    /** @param disturbance of the measurement */
    public BusyMachineException(String disturbance) {
        super("the machine is busy or changes its clock: " + disturbance
                + "; nothing is reported, run again when it is quiet, or with --busy-ok");
    }
}
