package dvdquant.measure;

import dvdquant.tensor.TensorScope;

/**
 * Something to be timed.
 *
 * @param shape what goes into it, for people: {@code 4096 × 1536 × 8960} is tokens × in × out
 * @param flops operations, a multiplication and an addition counted as two; 0: too few to count
 * @param run does it once, and leaves nothing behind
 */
public record Operation(String name, String shape, double flops, Runnable run) {
    /** Frees what {@code call} makes. */
    public static Operation scoped(String name, String shape, double flops, Runnable call) {
        return new Operation(name, shape, flops, () -> {
            try (var _ = TensorScope.open()) {
                call.run();
            }
        });
    }
}
