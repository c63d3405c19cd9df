package dvdquant.spark.testing;

import org.apache.hadoop.fs.CreateFlag;
import org.apache.hadoop.fs.FSDataInputStream;
import org.apache.hadoop.fs.FSDataOutputStream;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RawLocalFileSystem;
import org.apache.hadoop.fs.permission.FsPermission;
import org.apache.hadoop.util.Progressable;

import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.net.URI;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.regex.Pattern;

/**
 * Local files by addresses {@code stored:/…}, as if they were far away: what is read is counted, and the first writes to files of some names fail
 * half-way, or all do.
 */
public final class StoredFileSystem extends RawLocalFileSystem {
    /** Bytes that were read of weights. */
    public static final AtomicLong READ = new AtomicLong();
    /** What is asked to fail, by a setting: a pattern for names. */
    private static final String FAIL_ONCE = "dvdquant.test.fail.once";
    private static final String FAIL = "dvdquant.test.fail";
    private static final Pattern ATTEMPT = Pattern.compile("-\\d+$");
    private static final Set<String> FAILED = ConcurrentHashMap.newKeySet();

    /** For addresses of this scheme. */
    public static Map<String, String> settings() {
        return Map.of("spark.master", "local[2,3]", "spark.hadoop.fs.stored.impl", StoredFileSystem.class.getName(),
                "spark.hadoop.fs.stored.impl.disable.cache", "true");
    }

    /** Of each task the first run. */
    public static Map<String, String> failOnce(String names) {
        FAILED.clear();
        return SparkRun.with(settings(), "spark.hadoop." + FAIL_ONCE, names);
    }

    public static Map<String, String> fail(String names) {
        return SparkRun.with(settings(), "spark.hadoop." + FAIL, names);
    }

    @Override
    public URI getUri() {
        return URI.create("stored:///");
    }

    @Override
    public String getScheme() {
        return "stored";
    }

    @Override
    public FSDataInputStream open(Path file, int bufferSize) throws IOException {
        if (file.getName().endsWith(".safetensors") && !file.toString().contains(".partial-")) {
            return new CountedInput(super.open(file, bufferSize));
        }
        return super.open(file, bufferSize);
    }

    private static final class CountedInput extends FSDataInputStream {
        CountedInput(FSDataInputStream in) {
            super(in.getWrappedStream());
        }

        @Override
        public void readFully(long position, byte[] buffer) throws IOException {
            super.readFully(position, buffer);
            READ.addAndGet(buffer.length);
        }
    }

    @Override
    public FSDataOutputStream createNonRecursive(Path file, FsPermission permission, EnumSet<CreateFlag> flags,
            int bufferSize, short replication, long blockSize, Progressable progress) throws IOException {
        FSDataOutputStream out = super.createNonRecursive(file, permission, flags, bufferSize, replication, blockSize,
                progress);
        return fails(file) ? new FSDataOutputStream(new FailingStream(out), statistics) : out;
    }

    private boolean fails(Path file) {
        if (matches(FAIL, file)) return true;
        return matches(FAIL_ONCE, file) && FAILED.add(ATTEMPT.matcher(file.toString()).replaceFirst(""));
    }

    private boolean matches(String setting, Path file) {
        String names = getConf().get(setting, "");
        return !names.isEmpty() && file.getName().matches(names);
    }

    private static final class FailingStream extends FilterOutputStream {
        FailingStream(OutputStream out) {
            super(out);
        }

        @Override
        public void write(byte[] bytes, int offset, int length) throws IOException {
            out.write(bytes, offset, length / 2);
            throw new IOException("No space left on device");
        }
    }
}
