package dvdquant.measure;

import java.util.Optional;

/** Figures that others on the same cores can spoil. */
public interface Measurement {
    /** The part of the cores that this process may run on which other programs took meanwhile, 0 to 1. */
    double othersShare();

    /** Why the figures say nothing about us, in a clause; empty where they do say something. */
    Optional<String> disturbance();
}
