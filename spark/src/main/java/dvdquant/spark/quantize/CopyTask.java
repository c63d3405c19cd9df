package dvdquant.spark.quantize;

import dvdquant.spark.cluster.ClusterTask;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;

/**
 * Takes over files as they are.
 *
 * @param number of the task
 */
record CopyTask(Broadcast<ModelFacts> model, int number, List<Source> files) implements ClusterTask<Outcome> {
    /**
     * A file.
     *
     * @param name in the target
     * @param address where it is
     */
    record Source(String name, String address, long length) implements Serializable {}

    @Override
    public String label() {
        return model.value().model() + ": the copy of " + files.getFirst().name;
    }

    @Override
    public Outcome run() throws IOException {
        Storage storage = Storage.ofExecutor();
        var written = new ArrayList<Outcome.WrittenFile>();
        for (int i = 0; i < files.size(); i++) {
            Source file = files.get(i);
            var address = new Path(file.address);
            try (var part = PartFile.create(storage, model.value().parts(), "copy-" + number + "-" + i);
                    var in = storage.files(address).open(address)) {
                part.write(in, file.length);
                written.add(new Outcome.WrittenFile(file.name, part.address(), part.length()));
            }
        }
        return new Outcome.Written(written);
    }
}
