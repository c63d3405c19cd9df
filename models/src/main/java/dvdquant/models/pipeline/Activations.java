package dvdquant.models.pipeline;

import dvdquant.core.InputException;

/**
 * The bits of the activations that go into a quantized transformer's layers, over the denoising steps. Without meaning for a
 * transformer in full precision.
 */
public sealed interface Activations {
    /** The same bits at every step: 2 to 8. */
    record Fixed(int bits) implements Activations {
        public Fixed {
            if (bits < 2 || bits > 8) throw new InputException("activations of " + bits + " bits, expected 2 to 8");
        }
    }

    /** Not quantized, 16 bits: only the weights are. */
    record Full() implements Activations {}

    /** The default on a CPU, where 4 bits are no faster. */
    static Activations defaults() {
        return new Fixed(8);
    }

    /** As in {@code W4A8}: {@code A8}. */
    default String label() {
        return switch (this) {
            case Fixed(int bits) -> "A" + bits;
            case Full() -> "A16";
        };
    }
}
