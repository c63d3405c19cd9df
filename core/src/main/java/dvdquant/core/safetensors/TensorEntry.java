package dvdquant.core.safetensors;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;

/** A tensor as the header describes it; {@code begin} and {@code end} count from the end of the header and are not checked yet. */
record TensorEntry(String name, ElementType type, Shape shape, long begin, long end) {
    /** For a message. */
    @Override
    public String toString() {
        return "tensor " + Names.quoted(name);
    }
}
