package dvdquant.tensor.natives;

import dvdquant.core.io.UnpackedLibraries;
import org.bytedeco.dnnl.global.dnnl;
import org.bytedeco.javacpp.Loader;
import org.bytedeco.pytorch.global.torch;

import java.io.IOException;
import java.nio.file.Path;

/** The first load of libtorch and oneDNN, which unpacks them unless they lie on the library path, as the build leaves them. */
final class NativeLibraries {
    private NativeLibraries() {}

    /** Loads them, one process at a time, from whole files. */
    static void load() {
        Path cache;
        try {
            cache = Loader.getCacheDir().toPath();
        } catch (IOException _) {
            return; // there is none, and nothing to wait for; who needs a library first says why it cannot be had
        }
        UnpackedLibraries.inTurn(cache, () -> {
            UnpackedLibraries.removeCutShort(cache, Loader.class.getClassLoader());
            Loader.load(torch.class);
            Loader.load(dnnl.class);
        });
    }
}
