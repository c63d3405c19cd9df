package dvdquant.spark.quantize;

import dvdquant.spark.cluster.ClusterTask;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.lang.foreign.MemorySegment;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

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
        var open = new HashMap<String, FSDataInputStream>();
        try (var part = PartFile.create(storage, model.value().parts(), "file-" + name.replace('/', '-'))) {
            part.write(MemorySegment.ofArray(header));
            for (Extent extent : extents) {
                FSDataInputStream in = open(extent.file(), storage, open);
                in.seek(extent.offset());
                part.write(in, extent.length());
            }
            part.force();
            return new Outcome.Written(
                    List.of(new Outcome.WrittenFile(name, part.address(), part.length())));
        } finally {
            for (FSDataInputStream in : open.values()) {
                in.close();
            }
        }
    }

    private static FSDataInputStream open(String file, Storage storage, Map<String, FSDataInputStream> open)
            throws IOException {
        FSDataInputStream in = open.get(file);
        if (in == null) {
            var address = new Path(file);
            in = storage.files(address).open(address);
            open.put(file, in);
        }
        return in;
    }
}
