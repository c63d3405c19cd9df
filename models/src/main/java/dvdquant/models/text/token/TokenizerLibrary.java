package dvdquant.models.text.token;

import ai.djl.util.Platform;
import ai.djl.util.Utils;
import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.UnpackedLibraries;

import java.io.IOException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The tokenizers' native library where it is unpacked at its first use. What is there is loaded as it is, so that one cut short (by a
 * full disk, or a copy) would end each run; unpacking itself is whole or not at all.
 */
final class TokenizerLibrary {
    private static final String NAME = "libtokenizers.so";

    private TokenizerLibrary() {}

    /**
     * Removes an unpacked library that is not whole: it is unpacked again.
     *
     * @throws InputException if it cannot be removed
     */
    static void removeUnlessWhole() {
        Platform platform = Platform.detectPlatform("tokenizers");
        Path folder = Utils.getEngineCacheDir("tokenizers")
                .resolve(platform.getVersion() + "-cpu-" + platform.getClassifier());
        if (!Files.isRegularFile(folder.resolve(NAME))) return;
        URL packed = TokenizerLibrary.class.getResource("/native/lib/" + platform.getClassifier() + "/cpu/" + NAME);
        if (packed == null) return;
        try {
            removeUnlessOf(packed.openConnection().getContentLengthLong(), folder);
        } catch (IOException e) {
            throw new InputException("cannot look after the native library in " + folder + ": " + Reasons.of(e), e);
        }
    }

    /** With its folder, which is moved to its place with the library in it. */
    static void removeUnlessOf(long bytes, Path folder) throws IOException {
        UnpackedLibraries.removeUnlessOf(bytes, folder.resolve(NAME));
        if (!Files.exists(folder.resolve(NAME))) Files.deleteIfExists(folder);
    }
}
