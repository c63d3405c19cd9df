package dvdquant.spark.quantize;

import dvdquant.core.InputException;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.spark.broadcast.Broadcast;

import java.io.IOException;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * The files of a model that the new one takes over as they are: all but those of the quantized components, and what is hidden.
 *
 * @param entries of the model's folder
 * @param files of all of them
 */
record OtherFiles(Storage storage, List<Path> entries, List<CopyTask.Source> files) {
    private static final long BYTES_A_TASK = 64L << 20;

    /** @throws InputException if a folder cannot be read, or holds what is neither a file nor a folder */
    static OtherFiles of(Storage storage, Path model, Set<String> except) {
        var entries = new ArrayList<Path>();
        var files = new ArrayList<CopyTask.Source>();
        try {
            for (FileStatus entry : storage.list(model)) {
                String name = entry.getPath().getName();
                if (name.startsWith(".") || except.contains(name)) continue;
                entries.add(entry.getPath());
                add(storage, entry, name, files);
            }
            return new OtherFiles(storage, entries, files);
        } catch (IOException e) {
            throw new InputException("cannot read " + model + ": " + e.getMessage(), e);
        }
    }

    private static void add(Storage storage, FileStatus entry, String name, List<CopyTask.Source> files)
            throws IOException {
        if (entry.isDirectory()) {
            for (FileStatus inside : storage.list(entry.getPath())) {
                add(storage, inside, name + "/" + inside.getPath().getName(), files);
            }
        } else if (entry.isFile()) {
            files.add(new CopyTask.Source(name, entry.getPath().toString(), entry.getLen()));
        } else {
            throw new InputException(
                    entry.getPath() + ": neither a file nor a folder, expected a model's files only");
        }
    }

    /** A large file is a task, and many small ones are. */
    List<CopyTask> tasks(Broadcast<ModelFacts> facts) {
        var tasks = new ArrayList<CopyTask>();
        var group = new ArrayList<CopyTask.Source>();
        long bytes = 0;
        for (CopyTask.Source file : files) {
            if (!group.isEmpty() && bytes + file.length() > BYTES_A_TASK) {
                tasks.add(new CopyTask(facts, tasks.size(), List.copyOf(group)));
                group.clear();
                bytes = 0;
            }
            group.add(file);
            bytes += file.length();
        }
        if (!group.isEmpty()) tasks.add(new CopyTask(facts, tasks.size(), List.copyOf(group)));
        return tasks;
    }

    /** Symbolic links to them, where all is on this machine's disks. */
    void link(Path staged) throws IOException {
        java.nio.file.Path to = Storage.local(staged).orElseThrow();
        for (Path entry : entries) {
            Files.createSymbolicLink(to.resolve(entry.getName()), Storage.local(entry).orElseThrow().toRealPath());
        }
    }
}
