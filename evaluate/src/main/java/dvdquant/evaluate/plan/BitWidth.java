package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.models.pipeline.BitPlan;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Bits of the weights and of the activations, as in W4A8. Activations of 5 to 7 bits are those of δ-GBS, which switches between 4
 * and 8 so that they average that many: there are no codes of 6 bits.
 */
public record BitWidth(int weights, int activations) {
    private static final Pattern FORM = Pattern.compile("w([2-8])a([4-8]|16)");
    private static final String EXPECTED = "expected wWaA with W from 2 to 8, and A 4, 8, 16, or 5 to 7 for an average of that";

    /** @throws InputException if a part of the comma-separated list is none, or is there twice */
    public static List<BitWidth> parse(String list) {
        var widths = new ArrayList<BitWidth>();
        for (String part : list.toLowerCase(Locale.ROOT).split(",", -1)) {
            Matcher matcher = FORM.matcher(part.strip());
            if (!matcher.matches()) throw new InputException("--bits " + list + ": '" + part + "', " + EXPECTED);
            var width = new BitWidth(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)));
            if (widths.contains(width)) throw new InputException("--bits " + list + ": " + width + " twice");
            widths.add(width);
        }
        return List.copyOf(widths);
    }

    /** Whether only δ-GBS gives these. */
    public boolean isAverage() {
        return activations > 4 && activations < 8;
    }

    public BitPlan toActivations() {
        if (isAverage()) return new BitPlan.Average(activations);
        return activations == 16 ? new BitPlan.Full() : new BitPlan.Fixed(activations);
    }

    @Override
    public String toString() {
        return "W" + weights + "A" + activations;
    }
}
