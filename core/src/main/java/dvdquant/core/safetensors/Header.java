package dvdquant.core.safetensors;

import java.util.SequencedMap;
import java.util.SortedMap;

/** What the header of a file says, checked against the file. Both maps are unmodifiable; tensors are in the order of their data. */
record Header(SequencedMap<String, StoredTensor> tensors, SortedMap<String, String> metadata) {
    static final String METADATA = "__metadata__";
    /** The length of the header, a little-endian 64-bit number, comes first. */
    static final int LENGTH_BYTES = 8;
    /** As in safetensors/src/tensor.rs, {@code MAX_HEADER_SIZE}. */
    static final long MAX_BYTES = 100_000_000;
}
