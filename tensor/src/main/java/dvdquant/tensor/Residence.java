package dvdquant.tensor;

/** How a device keeps quantized weights while it computes with them. */
public enum Residence {
    /** In the bits of their codes: expanded some rows at a time, just before their product, or multiplied as they are. */
    PACKED,
    /** As the 8-bit integers that codes, zero points and multipliers stand for. */
    EXPANDED
}
