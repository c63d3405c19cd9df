package dvdquant.models.diffusion.bits;

import dvdquant.models.pipeline.BitPlan;
import dvdquant.models.pipeline.BitPlan.Placement;

import java.util.ArrayList;
import java.util.List;
import java.util.OptionalDouble;

/**
 * Bits that do not depend on what is computed.
 *
 * @param bits of each step
 */
record GivenBits(List<Integer> bits) implements BitSchedule {
    /**
     * @param high how many of the computed steps are high
     * @param computed of each step
     */
    static GivenBits placed(Placement placement, int high, List<Boolean> computed) {
        int count = (int) computed.stream().filter(Boolean::booleanValue).count();
        var bits = new ArrayList<Integer>();
        int index = 0; // among the computed steps
        for (boolean step : computed) {
            bits.add(step && isHigh(placement, index, high, count) ? BitPlan.HIGH : BitPlan.LOW);
            if (step) index++;
        }
        return new GivenBits(bits);
    }

    private static boolean isHigh(Placement placement, int index, int high, int count) {
        return switch (placement) {
            case FIRST_HIGH -> index < high;
            case LAST_HIGH -> index >= count - high;
            case BOTH_ENDS -> index < high / 2 || index >= count - (high - high / 2);
            case ALTERNATE -> (index + 1) * high / count > index * high / count; // evenly spread, the last step high
        };
    }

    @Override
    public int next(int step) {
        return bits.get(step);
    }

    @Override
    public void observe(double change) {}

    @Override
    public OptionalDouble delta() {
        return OptionalDouble.empty();
    }
}
