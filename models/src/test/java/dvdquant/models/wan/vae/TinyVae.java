package dvdquant.models.wan.vae;

import dvdquant.core.safetensors.Checkpoint;
import dvdquant.core.safetensors.SafetensorsFile;
import dvdquant.core.safetensors.StoredTensor;
import dvdquant.models.testing.RuledModel;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;
import dvdquant.tensor.cpu.CpuDevice;

import java.net.URISyntaxException;
import java.nio.file.Path;

/** The demo model's autoencoder, and what the reference made with it; or another small one. */
final class TinyVae {
    static final Path FOLDER = Path.of(System.getProperty("project.root"), "demo", "tiny-wan", "vae");
    static final Autoencoder.Progress QUIET = (_, _) -> {};

    static final CpuDevice DEVICE = CpuDevice.open();

    private TinyVae() {}

    static AutoencoderKLWan open() {
        return AutoencoderKLWan.open(FOLDER, Checkpoint::open, DEVICE.kernels());
    }

    /** Of a {@link RuledModel}. */
    static AutoencoderKLWan open(Path model) {
        return AutoencoderKLWan.open(model.resolve("vae"), Checkpoint::open, DEVICE.kernels());
    }

    static SafetensorsFile golden() {
        try {
            return SafetensorsFile.open(Path.of(TinyVae.class.getResource("/golden/golden_wan.safetensors").toURI()));
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

    /** All frames of a clip in one tensor, in the caller's scope. */
    static Tensor decode(AutoencoderKLWan vae, Tensor latents, Tiling tiling) {
        long frames = 1 + 4 * (latents.dim(2) - 1);
        int pixels = vae.config().pixelsPerLatent();
        Tensor clip = Tensor.zeros(latents.type(), 1, 3, frames, pixels * latents.dim(3), pixels * latents.dim(4));
        var next = new long[1];
        vae.decode(latents, tiling, QUIET, chunk -> {
            clip.narrow(2, next[0], chunk.dim(2)).copyFrom(chunk);
            next[0] += chunk.dim(2);
        });
        return clip;
    }
}
