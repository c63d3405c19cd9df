package dvdquant.models.hunyuan.vae;

import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** The demo model's autoencoder, and what the reference made with it. */
final class TinyHunyuanVae {
    static final Path FOLDER = Path.of(System.getProperty("project.root"), "demo", "tiny-hunyuan", "vae");
    static final Autoencoder.Progress QUIET = (_, _) -> {};

    static final CpuDevice DEVICE = CpuDevice.open();

    private TinyHunyuanVae() {}

    static AutoencoderKLHunyuanVideo open() {
        return AutoencoderKLHunyuanVideo.open(FOLDER, Checkpoint::open, DEVICE.kernels());
    }

    static SafetensorsFile golden() {
        try {
            return SafetensorsFile
                    .open(Path.of(TinyHunyuanVae.class.getResource("/golden/golden_hunyuan.safetensors").toURI()));
        } catch (URISyntaxException e) {
            throw new AssertionError(e);
        }
    }

    /** A copy in the caller's scope. */
    static Tensor copy(StoredTensor stored) {
        try (var scope = TensorScope.open()) {
            return scope.keep(Tensor.over(stored.data(), stored.type(), stored.shape()).copy());
        }
    }

    /** All frames of a clip in one tensor, not clamped, in the caller's scope. */
    static Tensor decode(AutoencoderKLHunyuanVideo vae, Tensor latents, Tiling tiling) {
        long frames = 1 + 4 * (latents.dim(2) - 1);
        Tensor clip = Tensor.zeros(latents.type(), 1, 3, frames, 8 * latents.dim(3), 8 * latents.dim(4));
        var next = new long[1];
        vae.values(latents, tiling, QUIET, some -> {
            clip.narrow(2, next[0], some.dim(2)).copyFrom(some);
            next[0] += some.dim(2);
        });
        return clip;
    }
}
