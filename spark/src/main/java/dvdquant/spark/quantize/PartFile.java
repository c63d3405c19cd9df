package dvdquant.spark.quantize;

import dvdquant.spark.cluster.Cluster;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.StreamCapabilities;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** A file that this run of a task writes, and no other. */
final class PartFile implements AutoCloseable {
    private static final int CHUNK_BYTES = 1 << 20;

    private final Path file;
    private final FSDataOutputStream out;
    private final byte[] chunk = new byte[CHUNK_BYTES];
    private long length;

    private PartFile(Path file, FSDataOutputStream out) {
        this.file = file;
        this.out = out;
    }

    /** @param name of the task's file, without its run's number */
    static PartFile create(Storage storage, String folder, String name) throws IOException {
        var file = new Path(folder, name + "-" + Cluster.attempt());
        return new PartFile(file, storage.create(file));
    }

    String address() {
        return file.toString();
    }

    /** Of what was written so far, in bytes. */
    long length() {
        return length;
    }

    void write(MemorySegment bytes) throws IOException {
        for (long done = 0; done < bytes.byteSize();) {
            int count = (int) Math.min(chunk.length, bytes.byteSize() - done);
            MemorySegment.copy(bytes, ValueLayout.JAVA_BYTE, done, chunk, 0, count);
            out.write(chunk, 0, count);
            done += count;
        }
        length += bytes.byteSize();
    }

    /** @throws IOException if there are fewer bytes */
    void write(InputStream in, long bytes) throws IOException {
        for (long done = 0; done < bytes;) {
            int count = in.read(chunk, 0, (int) Math.min(chunk.length, bytes - done));
            if (count < 0) throw new IOException("ended after " + done + " of " + bytes + " bytes");
            out.write(chunk, 0, count);
            done += count;
        }
        length += bytes;
    }

    /** So that it outlasts a failure of power, where the file system can promise that. */
    void force() throws IOException {
        if (out.hasCapability(StreamCapabilities.HSYNC)) out.hsync();
    }

    @Override
    public void close() throws IOException {
        out.close();
    }
}
