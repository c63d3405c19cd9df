package dvdquant.models.schedule;

import java.util.OptionalDouble;

/**
 * The shift of the noise levels that a clip is sampled with, and why: the one that was asked for, or the scheduler's, which the folder of a model
 * may give otherwise than its authors' own program.
 *
 * @param value above 0
 * @param reason for people
 */
public record FlowShift(double value, String reason) {
    /**
     * Chooses it.
     *
     * @param given what was asked for
     * @param scheduler the folder's
     * @param usual of the authors' own program, if it is known
     * @return the shift, and why
     */
    public static FlowShift choose(OptionalDouble given, Scheduler scheduler, OptionalDouble usual) {
        if (given.isPresent()) return new FlowShift(given.getAsDouble(), "as asked for");
        boolean other = usual.isPresent() && usual.getAsDouble() != scheduler.shift();
        return new FlowShift(scheduler.shift(), "by the model's scheduler"
                + (other ? ", where its authors' own program takes " + usual.getAsDouble() : ""));
    }
}
