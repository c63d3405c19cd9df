package dvdquant.app.bench;

import java.util.List;

/** Figures mean something on a machine that does nothing else. */
final class QuietMachine {
    /** Others' part of the machine up to which figures mean something: a system that does nothing takes 1 or 2 %. */
    private static final double MAX_OTHERS = 0.05;
    /** Slowest run by fastest; quiet machines stay under 1.1. */
    private static final double MAX_SPREAD = 1.3;

    private QuietMachine() {}

    /**
     * @param othersShare the part of the machine that other programs took meanwhile, 0 to 1
     * @param results whose runs have to be alike
     * @throws BusyMachineException if others used the machine, so that the figures say nothing
     */
    static void require(double othersShare, List<Timing> results) {
        if (othersShare > MAX_OTHERS) throw BusyMachineException.others(othersShare, MAX_OTHERS);
        for (Timing result : results) {
            if (result.spread() > MAX_SPREAD) throw BusyMachineException.unsteady(result.name(), result.spread());
        }
    }
}
