package dvdquant.core;

/** What a user can do about an error or a plan that does not fit: programs word it as they are told such things, as by a flag. */
public enum Hint {
    /** Compute in bf16. */
    BF16,
    /** Let quantized weights rest packed. */
    PACKED_WEIGHTS,
    /** Keep the weights of the transformer in the host's memory. */
    OFFLOAD,
    /** Keep them on the GPU. */
    NO_OFFLOAD,
    /** Run on another GPU. */
    ANOTHER_GPU,
    /** Give TeaCache a threshold. */
    TEACACHE_THRESHOLD
}
