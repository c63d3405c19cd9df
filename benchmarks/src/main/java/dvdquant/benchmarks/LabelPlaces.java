package dvdquant.benchmarks;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.stream.DoubleStream;

/** Finds places for the short labels of marks that lie close together: beside its mark, over as little else as can be. */
final class LabelPlaces {
    /** Half of what a mark takes, in either direction. */
    private static final double MARK = 6;
    private static final double HALF_HEIGHT = 5;
    private static final double[] DISTANCES = {13, 19};
    /** From the right, which is preferred. */
    private static final int DIRECTIONS = 8;

    private final List<Box> taken = new ArrayList<>();

    /** A rectangle by its centre, pixels. */
    record Box(double x, double y, double halfWidth, double halfHeight) {
        double overlap(Box other) {
            double across = halfWidth + other.halfWidth - Math.abs(x - other.x);
            double up = halfHeight + other.halfHeight - Math.abs(y - other.y);
            return Math.max(0, across) * Math.max(0, up);
        }
    }

    /** All marks first: a label keeps off those that come after its own, too. */
    void addMark(double x, double y) {
        taken.add(new Box(x, y, MARK, MARK));
    }

    /** The place of a label so wide for the mark at (x, y); from now on taken. */
    Box place(double x, double y, double width) {
        Box best = DoubleStream.of(DISTANCES).boxed()
                .flatMap(distance -> around(x, y, distance, width / 2).stream())
                .min(Comparator.comparingDouble(this::hidden)).orElseThrow();
        taken.add(best);
        return best;
    }

    private static List<Box> around(double x, double y, double distance, double halfWidth) {
        var places = new ArrayList<Box>();
        for (int i = 0; i < DIRECTIONS; i++) {
            double angle = 2 * Math.PI * i / DIRECTIONS;
            places.add(new Box(x + distance * Math.cos(angle), y - distance * Math.sin(angle), halfWidth, HALF_HEIGHT));
        }
        return places;
    }

    private double hidden(Box label) {
        return taken.stream().mapToDouble(label::overlap).sum();
    }
}
