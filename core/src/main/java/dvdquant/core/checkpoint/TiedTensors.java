package dvdquant.core.checkpoint;

import dvdquant.core.InputException;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.SequencedMap;

/** A source whose tensors have the names of a layout, where the files call some by another that the layout knows too. */
final class TiedTensors implements TensorSource {
    /** Of a tensor that is there by both names, compared: spread evenly, the first and the last among them. */
    private static final int ROWS = 64;

    private final TensorSource source;
    private final SequencedMap<String, SourceTensor> tensors;

    /** @param nameOf the layout's name, by the other one */
    TiedTensors(TensorSource source, Map<String, String> nameOf) {
        this.source = source;
        var named = new LinkedHashMap<String, SourceTensor>();
        source.tensors().forEach((name, tensor) -> {
            String own = nameOf.getOrDefault(name, name);
            if (own.equals(name) || !source.tensors().containsKey(own)) named.put(own, tensor);
        });
        this.tensors = Collections.unmodifiableSequencedMap(named);
    }

    /**
     * Holds what is there by two names against each other: sizes, and 64 rows spread over them, since the table of a vocabulary has
     * gigabytes. Tables of two trainings differ in every row.
     *
     * @throws InputException naming both, and the file, if they differ
     */
    static void requireSame(SourceTensor one, SourceTensor other) {
        if (!one.shape().equals(other.shape())) {
            throw differ(one, other, one.shape() + " and " + other.shape());
        }
        var row = new float[one.columns()];
        var otherRow = new float[other.columns()];
        long rows = one.rows();
        long compared = Math.min(rows, ROWS);
        for (long i = 0; i < compared; i++) {
            long at = compared == 1 ? 0 : (rows - 1) * i / (compared - 1);
            one.read(at, row);
            other.read(at, otherRow);
            if (!Arrays.equals(row, otherRow)) throw differ(one, other, "as in row " + at);
        }
    }

    private static InputException differ(SourceTensor one, SourceTensor other, String how) {
        return new InputException(one.file() + ": '" + one.name() + "' and '" + other.name()
                + "' are the same tensor in this model, and differ, " + how + "; expected one of them, or both equal");
    }

    @Override
    public Path place() {
        return source.place();
    }

    @Override
    public SequencedMap<String, SourceTensor> tensors() {
        return tensors;
    }

    @Override
    public void close() {
        source.close();
    }
}
