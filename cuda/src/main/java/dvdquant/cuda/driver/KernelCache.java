package dvdquant.cuda.driver;

import dvdquant.core.InputException;
import dvdquant.core.io.Sha256;
import dvdquant.core.io.StagedPath;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Optional;

/**
 * Compiled kernels on disk, by source, macros, architecture and compiler: the second start does not compile. A folder that cannot be
 * written is no error, since all in it can be made again. Behind the machine code a file has its SHA-256
 * (tools that read cubins do not mind).
 */
final class KernelCache {
    private static final int DIGEST_BYTES = 32;

    private final Path folder;

    KernelCache(Path folder) {
        this.folder = folder;
    }

    byte[] get(KernelSource source, String architecture) {
        Path file = folder.resolve(key(source, architecture, Compiler.version()) + ".cubin");
        return read(file).orElseGet(() -> {
            byte[] code = Compiler.compile(source, architecture);
            keep(file, code);
            return code;
        });
    }

    /** Empty if there is none, or not what was written: where a machine stops, a new file may lose its contents. */
    static Optional<byte[]> read(Path file) {
        try {
            byte[] bytes = Files.readAllBytes(file);
            int end = Math.max(0, bytes.length - DIGEST_BYTES);
            byte[] code = Arrays.copyOf(bytes, end);
            return Arrays.equals(Sha256.of(code), Arrays.copyOfRange(bytes, end, bytes.length))
                    ? Optional.of(code)
                    : Optional.empty();
        } catch (IOException _) {
            return Optional.empty();
        }
    }

    static void keep(Path file, byte[] code) {
        try (var staged = StagedPath.beside(file)) {
            try (OutputStream out = Files.newOutputStream(staged.path())) {
                out.write(code);
                out.write(Sha256.of(code));
            }
            staged.commit();
        } catch (IOException | InputException _) {
            // without a cache the next start compiles again
        }
    }

    /**
     * SHA-256 of all that decides what the machine code is.
     *
     * @param compiler its version
     */
    static String key(KernelSource source, String architecture, String compiler) {
        MessageDigest digest = Sha256.begin();
        update(digest, source.file());
        update(digest, source.text());
        source.headers().forEach((name, text) -> {
            update(digest, name);
            update(digest, text);
        });
        source.options().forEach(option -> update(digest, option));
        update(digest, architecture);
        update(digest, compiler);
        return HexFormat.of().formatHex(digest.digest());
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(new byte[]{(byte) (bytes.length >> 24), (byte) (bytes.length >> 16), (byte) (bytes.length >> 8),
                (byte) bytes.length});
        digest.update(bytes);
    }
}
