package dvdquant.models.toy;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.core.video.Video;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.AutoencoderModel;
import dvdquant.models.vae.LatentGeometry;
import dvdquant.models.vae.Pixels;
import dvdquant.models.vae.Tiling;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;

/** A matrix turns the channels of a latent into a color, which 4 × 4 pixels of 2 frames have; 1 frame of the first. */
record ToyVae() implements AutoencoderModel {
    static final int CHANNELS = 6;
    static final TensorLayout LAYOUT = new TensorLayout().tensor("colors.weight", 3, CHANNELS);
    private static final LatentGeometry GEOMETRY = new LatentGeometry(CHANNELS, 2, 4);

    @Override
    public LatentGeometry geometry() {
        return GEOMETRY;
    }

    @Override
    public TensorLayout layout() {
        return LAYOUT;
    }

    @Override
    public Tiling tiling(long height, long width) {
        return new Tiling.Off();
    }

    @Override
    public long decodeBytes(Shape latents, Tiling tiling, Kernels kernels) {
        return latents.elements() * 4 * 16;
    }

    @Override
    public long decoderBytes(Kernels kernels) {
        return LAYOUT.elements() * 4;
    }

    @Override
    public long encodeBytes(ClipSize clip, Tiling tiling, Kernels kernels) {
        throw new UnsupportedOperationException();
    }

    @Override
    public long encoderBytes(Kernels kernels) {
        throw new UnsupportedOperationException();
    }

    @Override
    public Autoencoder open(Path folder, TensorSource.Opener sources, Kernels kernels) {
        return new Loaded(WeightLoader.open(folder, LAYOUT, sources), kernels);
    }

    private record Loaded(WeightLoader files, Kernels kernels) implements Autoencoder {
        @Override
        public Video decodeVideo(Tensor latents, Tiling tiling, Progress progress) {
            var clip = GEOMETRY.clip(latents.shape());
            var frames = new ArrayList<byte[]>();
            try (var _ = TensorScope.open()) {
                Tensor colors = files.get("colors.weight", ElementType.F32).matmul(latents.reshape(CHANNELS,
                        latents.shape().elements() / CHANNELS));
                Tensor pixels = colors.reshape(1, 3, latents.dim(2), latents.dim(3), latents.dim(4))
                        .upsampleNearest(GEOMETRY.pixelsPerLatent());
                for (int latent = 0; latent < latents.dim(2); latent++) {
                    var frame = Pixels.toBytes(Pixels.BYTES.of(pixels.narrow(2, latent, 1)));
                    for (int i = 0; i < (latent == 0 ? 1 : GEOMETRY.framesPerLatent()); i++) {
                        frames.addAll(frame);
                    }
                    progress.chunksDone(latent + 1, (int) latents.dim(2));
                }
            }
            return new Video(clip.width(), clip.height(), frames);
        }

        @Override
        public Tensor encode(Tensor clip, Tiling tiling, Progress progress) {
            throw new UnsupportedOperationException();
        }

        @Override
        public void close() {
            files.close();
        }
    }
}
