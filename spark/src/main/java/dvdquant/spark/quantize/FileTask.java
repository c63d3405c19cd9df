package dvdquant.spark.quantize;

import dvdquant.spark.cluster.ClusterTask;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.List;

/**
 * Joins what tasks have made to a file of the new component.
 *
 * @param name of the file in the target
 * @param header its first bytes
 * @param extents what follows, in the order of the file
 */
record FileTask(Broadcast<ModelFacts> model, String name, byte[] header, List<Extent> extents)
        implements
            ClusterTask<Outcome> {
    @Override
    public String label() {
        return model.value().model() + ": " + name;
    }

    @Override
    public Outcome run() throws IOException {
        Storage storage = Storage.ofExecutor();
        try (var part = PartFile.create(storage, model.value().parts(), "file-" + name.replace('/', '-'));
                var parts = new PartReader(storage)) {
            part.write(MemorySegment.ofArray(header));
            for (Extent extent : extents) {
                part.write(parts.at(extent), extent.length());
            }
            part.force();
            return new Outcome.Written(
                    List.of(new Outcome.WrittenFile(name, part.address(), part.length())));
        }
    }

    /** One part open at a time: there may be more of them than an object store gives connections. */
    private static final class PartReader implements AutoCloseable {
        private final Storage storage;
        private String file = "";
        private FSDataInputStream in;

        PartReader(Storage storage) {
            this.storage = storage;
        }

        FSDataInputStream at(Extent extent) throws IOException {
            if (!file.equals(extent.file())) {
                close();
                var address = new Path(extent.file());
                in = storage.files(address).open(address);
                file = extent.file();
            }
            in.seek(extent.offset());
            return in;
        }

        @Override
        public void close() throws IOException {
            if (in != null) in.close();
        }
    }
}
