package dvdquant.models.weights;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Optional;
import java.util.SequencedMap;
import java.util.function.Function;
import java.util.stream.Stream;

/** The tensors of another source, some of them changed, split or renamed. */
record ChangedTensors(TensorSource base, SequencedMap<String, SourceTensor> tensors) implements TensorSource {
    /** @param change of each tensor, to one or more */
    static ChangedTensors of(TensorSource base, Function<SourceTensor, Stream<SourceTensor>> change) {
        var tensors = new LinkedHashMap<String, SourceTensor>();
        base.tensors().values().stream().flatMap(change).forEach(tensor -> tensors.put(tensor.name(), tensor));
        return new ChangedTensors(base, tensors);
    }

    @Override
    public Path place() {
        return base.place();
    }

    @Override
    public void close() {
        base.close();
    }

    /** As an adapter of rank 1 is merged: W + up · downᵀ, made as it is read. */
    record Updated(SourceTensor base, float up, float down) implements SourceTensor {
        @Override
        public String name() {
            return base.name();
        }

        @Override
        public ElementType type() {
            return ElementType.F32;
        }

        @Override
        public Shape shape() {
            return base.shape();
        }

        @Override
        public Path file() {
            return base.file();
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void read(long row, float[] into) {
            base.read(row, into);
            for (int k = 0; k < into.length; k++) {
                into[k] += up * (row % 5) * (down * (k % 3));
            }
        }

        @Override
        public void release() {
            base.release();
        }

        @Override
        public void prefetch() {
            base.prefetch();
        }
    }

    /** Another tensor by another name. */
    record Renamed(SourceTensor base, String name) implements SourceTensor {
        @Override
        public ElementType type() {
            return base.type();
        }

        @Override
        public Shape shape() {
            return base.shape();
        }

        @Override
        public Path file() {
            return base.file();
        }

        @Override
        public Optional<MemorySegment> raw() {
            return base.raw();
        }

        @Override
        public void read(long row, float[] into) {
            base.read(row, into);
        }

        @Override
        public void release() {
            base.release();
        }

        @Override
        public void prefetch() {
            base.prefetch();
        }
    }

    /** Some rows of another tensor, by another name. */
    record Rows(SourceTensor base, String name, long first, long count) implements SourceTensor {
        /** Halves of the rows. */
        static Stream<SourceTensor> halves(SourceTensor stacked, List<String> names) {
            long half = stacked.rows() / 2;
            return Stream.of(new Rows(stacked, names.get(0), 0, half), new Rows(stacked, names.get(1), half, half));
        }

        @Override
        public ElementType type() {
            return base.type();
        }

        @Override
        public Shape shape() {
            return Shape.of(count, base.shape().dim(1));
        }

        @Override
        public Path file() {
            return base.file();
        }

        @Override
        public Optional<MemorySegment> raw() {
            long rowBytes = base.sizeBytes() / base.rows();
            return base.raw().map(data -> data.asSlice(first * rowBytes, count * rowBytes));
        }

        @Override
        public void read(long row, float[] into) {
            base.read(first + row, into);
        }

        @Override
        public void release() {
            base.release();
        }

        @Override
        public void prefetch() {
            base.prefetch();
        }
    }
}
