package dvdquant.app.options;

import dvdquant.core.Hint;
import dvdquant.core.InputException;

import java.util.function.Supplier;

/** What flags have in common. */
public final class Flags {
    private Flags() {}

    /** What a library's hint is on the command line. */
    public static String of(Hint hint) {
        return switch (hint) {
            case BF16 -> "--dtype bf16";
            case PACKED_WEIGHTS -> "--resident 4";
            case OFFLOAD -> "--offload";
            case NO_OFFLOAD -> "leave out --offload";
            case ANOTHER_GPU -> "--device cuda:N";
            case TEACACHE_THRESHOLD -> "--cache teacache=0.1";
        };
    }

    /**
     * For two flags of which one is expected.
     *
     * @throws InputException if neither is given, or both are
     */
    public static void requireOne(String flag, Object value, String other, Object otherValue) {
        if ((value == null) == (otherValue == null)) {
            throw new InputException("expected either " + flag + " or " + other + ", found "
                    + (value == null ? "neither" : "both"));
        }
    }

    /**
     * A value that is made of a flag's.
     *
     * @throws InputException with the flag's name before the message, if it cannot be made
     */
    public static <T> T naming(String flag, Supplier<T> value) {
        try {
            return value.get();
        } catch (InputException e) {
            throw new InputException(flag + ": " + e.getMessage(), e);
        }
    }
}
