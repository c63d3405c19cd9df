package dvdquant.core.quantize;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.SourceTensor;
import dvdquant.core.safetensors.TensorSource;

import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Optional;
import java.util.SequencedMap;

/** A source in which one row of one tensor holds a NaN. */
record DamagedSource(TensorSource source, String name, long row) implements TensorSource {
    private record Damaged(SourceTensor tensor, long row) implements SourceTensor {
        @Override
        public String name() {
            return tensor.name();
        }

        @Override
        public ElementType type() {
            return tensor.type();
        }

        @Override
        public Shape shape() {
            return tensor.shape();
        }

        @Override
        public Path file() {
            return tensor.file();
        }

        @Override
        public Optional<MemorySegment> raw() {
            return Optional.empty();
        }

        @Override
        public void read(long index, float[] into) {
            tensor.read(index, into);
            if (index == row) into[0] = Float.NaN;
        }

        @Override
        public void release() {
            tensor.release();
        }

        @Override
        public void prefetch() {
            tensor.prefetch();
        }
    }

    @Override
    public Path place() {
        return source.place();
    }

    @Override
    public SequencedMap<String, ? extends SourceTensor> tensors() {
        var tensors = new LinkedHashMap<String, SourceTensor>(source.tensors());
        tensors.computeIfPresent(name, (_, tensor) -> new Damaged(tensor, row));
        return tensors;
    }

    @Override
    public void close() {
        source.close();
    }
}
