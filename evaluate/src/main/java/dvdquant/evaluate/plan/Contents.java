package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.Sha256;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.StoredTensor;

import java.io.IOException;
import java.io.InputStream;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.HexFormat;

/**
 * What stands in a file, as a short text. A file is read whole, but for weights of more than 64 MiB: of those the header is read and of every tensor blocks from its first byte to its last: so a tensor that was zeroed, scaled or exchanged in place is seen,
 * whatever the file's size and time say. A few weights changed between the blocks are seen by the time of change, which counts there too.
 */
public final class Contents {
    private static final long READ_WHOLE = 64 << 20;
    private static final int BLOCK = 4096;
    /** Of a tensor that is larger than all of them. */
    private static final int BLOCKS = 5;
    private static final int DIGEST_BYTES = 10;

    private Contents() {}

    /** @throws InputException if it cannot be read, or is large and named {@code .safetensors} and none */
    public static String of(Path file) {
        return of(file, READ_WHOLE);
    }

    /** @param whole bytes of the largest file of weights that is read whole */
    static String of(Path file, long whole) {
        try {
            long size = Files.size(file);
            if (size <= whole || !file.toString().endsWith(".safetensors")) return size + " bytes " + ofAll(file);
            return size + " bytes " + ofBlocks(file) + " " + Files.getLastModifiedTime(file).toMillis();
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e), e);
        }
    }

    private static String ofAll(Path file) throws IOException {
        MessageDigest digest = Sha256.begin();
        try (InputStream in = Files.newInputStream(file)) {
            var buffer = new byte[1 << 16];
            for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
                digest.update(buffer, 0, read);
            }
        }
        return hex(digest);
    }

    private static String ofBlocks(Path file) {
        MessageDigest digest = Sha256.begin();
        try (var weights = SafetensorsFile.open(file)) {
            digest.update(weights.metadata().toString().getBytes(StandardCharsets.UTF_8));
            for (StoredTensor tensor : weights.tensors().values()) {
                String header = tensor.name() + " " + tensor.type() + " " + tensor.shape() + "\n";
                digest.update(header.getBytes(StandardCharsets.UTF_8));
                addBlocks(tensor.data(), digest);
            }
        }
        return hex(digest);
    }

    private static void addBlocks(MemorySegment data, MessageDigest digest) {
        if (data.byteSize() <= BLOCKS * BLOCK) {
            digest.update(data.asByteBuffer());
            return;
        }
        for (int i = 0; i < BLOCKS; i++) {
            long start = (data.byteSize() - BLOCK) * i / (BLOCKS - 1);
            ByteBuffer block = data.asSlice(start, BLOCK).asByteBuffer();
            digest.update(block);
        }
    }

    static String hex(MessageDigest digest) {
        return HexFormat.of().formatHex(digest.digest(), 0, DIGEST_BYTES);
    }
}
