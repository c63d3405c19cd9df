package dvdquant.core.io;

import dvdquant.core.InputException;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Floats that wait on disk, in a file without a name among the temporary ones: the system frees it when it is not used any more, however
 * the process ends.
 */
public final class ScratchFile {
    private final FileChannel channel;
    private final String what;

    private ScratchFile(FileChannel channel, String what) {
        this.channel = channel;
        this.what = what;
    }

    /**
     * @param what is kept in it, for people
     * @throws InputException if it cannot be made
     */
    public static ScratchFile create(String what) {
        try {
            Path path = Files.createTempFile("dvdquant-", ".bin");
            return new ScratchFile(FileChannel.open(path, StandardOpenOption.READ, StandardOpenOption.WRITE,
                    StandardOpenOption.DELETE_ON_CLOSE), what);
        } catch (IOException e) {
            throw failure(what, e);
        }
    }

    private static InputException failure(String what, IOException e) {
        return new InputException("cannot keep " + what + " among the temporary files: " + Reasons.of(e)
                + "; expected room for it there, or another folder by -Djava.io.tmpdir=DIR in JAVA_TOOL_OPTIONS", e);
    }

    /**
     * Writes values behind those before.
     *
     * @return where they are
     * @throws InputException if there is no room
     */
    public long add(float[] values) {
        ByteBuffer bytes = buffer(values.length);
        bytes.asFloatBuffer().put(values);
        try {
            long at = channel.size();
            while (bytes.hasRemaining()) {
                channel.write(bytes, at + bytes.position());
            }
            return at;
        } catch (IOException e) {
            throw failure(what, e);
        }
    }

    /** So many values from there on. */
    public float[] read(long at, int count) {
        var values = new float[count];
        ByteBuffer bytes = buffer(count);
        try {
            while (bytes.hasRemaining()) {
                if (channel.read(bytes, at + bytes.position()) < 0) throw new IOException(what + ": cut short");
            }
        } catch (IOException e) {
            throw failure(what, e);
        }
        bytes.flip().asFloatBuffer().get(values);
        return values;
    }

    private static ByteBuffer buffer(int floats) {
        return ByteBuffer.allocate(Math.multiplyExact(floats, Float.BYTES)).order(ByteOrder.nativeOrder());
    }
}
