package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.images.ImageConditioning;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.pipeline.Latents;
import dvdquant.models.pipeline.MemoryPlan.Need;
import dvdquant.models.prompts.ImageInput;
import dvdquant.models.prompts.ImageInput.Use;
import dvdquant.models.vae.Autoencoder;
import dvdquant.models.vae.Tiling;
import dvdquant.models.wan.vae.AutoencoderKLWan;
import dvdquant.models.wan.vae.WanVae;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * How pictures condition the clips of a Wan model: by latents beside those that are sampled and, in Wan2.1, by the states of an image encoder;
 * or, in TI2V-5B, by the latents of the first frame, which stay as they are.
 *
 * @param folder of the model
 * @param firstFrameStays whether the model is of the second kind
 * @param states of a model with an image encoder
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/wan/pipeline_wan_i2v.py">diffusers,
 *      WanImageToVideoPipeline</a>
 */
record WanImages(Path folder, WanVae vae, ImageInput input, boolean firstFrameStays,
        Optional<ImageStates> states) implements ImageConditioning {
    /**
     * @param transformer of all steps, or of the first
     * @param expandTimesteps {@code expand_timesteps} of the model: whether tokens have times of their own
     * @return empty of a model that makes clips of texts alone
     * @throws InputException if the image encoder is none that the transformer reads
     */
    static Optional<WanImages> of(Path folder, WanConfig transformer, WanVae vae, boolean expandTimesteps) {
        if (expandTimesteps) {
            if (transformer.patch().getFirst() != 1) {
                throw new InputException(folder + ": the transformer takes " + transformer.patch().getFirst()
                        + " latent frames together (patch_size), expected 1 of a model with expand_timesteps");
            }
            return Optional.of(new WanImages(folder, vae, new ImageInput(Use.OPTIONAL, Use.NONE), true,
                    Optional.empty()));
        }
        if (!transformer.readsCondition()) return Optional.empty();
        return Optional.of(new WanImages(folder, vae, input(transformer), false,
                transformer.imageEmbedder().map(embedder -> ImageStates.read(folder, embedder))));
    }

    /** Wan2.2's A14B was trained without an image encoder, so that it takes a last picture or none. */
    private static ImageInput input(WanConfig transformer) {
        return new ImageInput(Use.REQUIRED, transformer.imageEmbedder()
                .map(embedder -> embedder.positions().isPresent() ? Use.REQUIRED : Use.NONE).orElse(Use.OPTIONAL));
    }

    /** The image encoder is gone before the VAE is there: the one that needs more. */
    @Override
    public List<Need> needs(ClipSize size, ElementType type, ComputeDevice device, long available) {
        List<Need> ofVae = needs(size, device, tiling(size, device, available));
        List<Need> ofStates = states.map(encoder -> List.of(encoder.need(type))).orElse(List.of());
        return bytes(ofVae) > bytes(ofStates) ? ofVae : ofStates;
    }

    private List<Need> needs(ClipSize size, ComputeDevice device, Tiling tiling) {
        String how = tiling.cuts(size.height(), size.width()) ? " in tiles" : "";
        return List.of(
                new Need("the VAE's encoder", vae.encoderBytes(device.kernels()), "close other programs"),
                new Need(encoded(size) + how, vae.encodeBytes(encoded(size), tiling, device.kernels()),
                        "a smaller height and width or fewer frames would help"));
    }

    private static long bytes(List<Need> needs) {
        return needs.stream().mapToLong(Need::bytes).sum();
    }

    /** In tiles where whole frames would not fit. */
    private Tiling tiling(ClipSize size, ComputeDevice device, long available) {
        Tiling usual = vae.tiling(size.height(), size.width());
        return bytes(needs(size, device, usual)) <= available ? usual : Tiling.DEFAULT_TILES;
    }

    /** What the VAE encodes of a clip. */
    private ClipSize encoded(ClipSize size) {
        return firstFrameStays ? new ClipSize(1, size.height(), size.width()) : size;
    }

    @Override
    public List<Conditioning> encode(List<Pictured> clips, TensorSource.Opener sources, ElementType type,
            ComputeDevice device, long available, Listener listener) {
        clips.forEach(WanImages::requireFrames);
        int layers = states.map(ImageStates::layers).orElse(0);
        int total = layers + clips.stream().mapToInt(this::latentFrames).sum();
        listener.partsDone(0, total);
        if (clips.stream().anyMatch(clip -> cutForMemory(clip.size(), device, available))) {
            listener.onWarning(
                    "there is too little memory for whole frames: pictures are encoded in tiles, which changes them a little");
        }
        List<ConditioningTensor> ofEncoder = states.map(encoder -> encoder.encode(clips, sources, type, device,
                (done, _) -> listener.partsDone(done, total))).orElse(List.of());
        var results = new ArrayList<Conditioning>();
        int done = layers;
        try (var autoencoder = vae.open(folder.resolve(WanFamily.VAE), sources, device.kernels())) {
            for (Pictured clip : clips) {
                int before = done;
                int frames = latentFrames(clip);
                ConditioningTensor latents = latents(autoencoder, clip, tiling(clip.size(), device, available),
                        (chunks, of) -> listener.partsDone(before + frames * chunks / of, total));
                Optional<ConditioningTensor> state = ofEncoder.isEmpty()
                        ? Optional.empty()
                        : Optional.of(ofEncoder.get(results.size()));
                results.add(parts(clip, latents, state).conditioning());
                done += frames;
            }
        }
        return results;
    }

    private boolean cutForMemory(ClipSize size, ComputeDevice device, long available) {
        return tiling(size, device, available).cuts(size.height(), size.width())
                && !vae.tiling(size.height(), size.width()).cuts(size.height(), size.width());
    }

    private static void requireFrames(Pictured clip) {
        if (clip.images().last().isPresent() && clip.size().frames() == 1) {
            throw new InputException("frames: 1, expected more: the clip begins with a picture and ends with another");
        }
    }

    /** That the VAE makes of a clip, each a part of the work. */
    private int latentFrames(Pictured clip) {
        return Math.toIntExact(vae.geometry().latents(encoded(clip.size())).dim(2));
    }

    /** Normalized as those that are sampled, [1, channels, frames, height, width]. */
    private ConditioningTensor latents(AutoencoderKLWan autoencoder, Pictured clip, Tiling tiling,
            Autoencoder.Progress progress) {
        try (var _ = TensorScope.open()) {
            Tensor video = PictureClip.of(clip.images(), encoded(clip.size()));
            return ConditioningTensor.of(autoencoder.normalized(autoencoder.encode(video, tiling, progress)));
        }
    }

    private ImageParts parts(Pictured clip, ConditioningTensor latents, Optional<ConditioningTensor> state) {
        return firstFrameStays
                ? new ImageParts(Optional.empty(), state, Optional.of(latents))
                : new ImageParts(Optional.of(PictureClip.masked(latents, clip.images())), state, Optional.empty());
    }

    @Override
    public Latents imposed(Latents latents, Conditioning given) {
        return ImageParts.of(given).firstFrame().map(frame -> withFirst(frame, latents)).orElse(latents);
    }

    private static Latents withFirst(ConditioningTensor frame, Latents latents) {
        Shape shape = latents.shape();
        int area = Math.toIntExact(shape.dim(3) * shape.dim(4));
        int ofChannel = Math.toIntExact(shape.dim(2) * area);
        float[] values = latents.values().clone();
        for (int channel = 0; channel < shape.dim(1); channel++) {
            System.arraycopy(frame.values(), channel * area, values, channel * ofChannel, area);
        }
        return new Latents(shape, values);
    }
}
