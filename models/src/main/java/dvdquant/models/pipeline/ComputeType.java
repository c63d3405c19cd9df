package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Abilities;

import java.util.Locale;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * The type that a model computes in, and why: the one that was asked for; or F32 up to a billion weights; or BF16 where the device has
 * instructions for it; or F32 all the same, where BF16 only saves memory, and there is enough.
 *
 * @param type F32 or BF16
 * @param reason for people
 */
public record ComputeType(ElementType type, String reason) {
    private static final long MOST_WEIGHTS_IN_F32 = 1_000_000_000;

    /**
     * Chooses it.
     *
     * @param given what was asked for
     * @param weights of the transformer
     * @param device what it computes in
     * @param f32Bytes what the model needs in F32, for a clip of its default size
     * @param totalBytes of the machine, or of the control group: not what happens to be free, so that the same run computes in the same type
     * @return the type, and why
     */
    public static ComputeType choose(Optional<ElementType> given, long weights, Abilities device,
            LongSupplier f32Bytes, long totalBytes) {
        if (given.isPresent()) return new ComputeType(given.get(), "as asked for");
        if (weights <= MOST_WEIGHTS_IN_F32) return new ComputeType(ElementType.F32, "up to a billion weights");
        if (device.bf16().own()) return new ComputeType(ElementType.BF16, "over a billion weights");
        long needed = f32Bytes.getAsLong();
        boolean fits = needed <= totalBytes / 4 * 3;
        return new ComputeType(fits ? ElementType.F32 : ElementType.BF16, String.format(Locale.ROOT,
                "no bf16 products here, and f32 needs %s of %s", MemoryPlan.gib(needed), MemoryPlan.gib(totalBytes)));
    }

    /**
     * As {@code f32}.
     *
     * @return as it is given to {@code --dtype}
     */
    public String label() {
        return type.name().toLowerCase(Locale.ROOT);
    }
}
