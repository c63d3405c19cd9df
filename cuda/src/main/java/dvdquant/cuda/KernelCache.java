package dvdquant.cuda;

import dvdquant.core.InputException;
import dvdquant.core.io.StagedPath;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/**
 * Compiled kernels on disk, by source, macros, architecture and compiler: the second start does not compile. A folder that cannot be
 * written is no error, since all in it can be made again.
 */
final class KernelCache {
    private final Path folder;

    KernelCache(Path folder) {
        this.folder = folder;
    }

    byte[] get(KernelSource source, String architecture) {
        Path file = folder.resolve(key(source, architecture) + ".cubin");
        try {
            if (Files.exists(file)) return Files.readAllBytes(file);
        } catch (IOException _) {
            // compiled again
        }
        byte[] code = Compiler.compile(source, architecture);
        keep(file, code);
        return code;
    }

    private static void keep(Path file, byte[] code) {
        try {
            Files.createDirectories(file.getParent());
            try (var staged = StagedPath.beside(file)) {
                Files.write(staged.path(), code);
                staged.commit();
            }
        } catch (IOException | InputException _) {
            // without a cache the next start compiles again
        }
    }

    /** SHA-256 of all that decides what the machine code is. */
    static String key(KernelSource source, String architecture) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            update(digest, source.file());
            update(digest, source.text());
            source.headers().forEach((name, text) -> {
                update(digest, name);
                update(digest, text);
            });
            source.options().forEach(option -> update(digest, option));
            update(digest, architecture);
            update(digest, Compiler.version());
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException(e); // every Java has it
        }
    }

    private static void update(MessageDigest digest, String text) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        digest.update(new byte[]{(byte) (bytes.length >> 24), (byte) (bytes.length >> 16), (byte) (bytes.length >> 8),
                (byte) bytes.length});
        digest.update(bytes);
    }
}
