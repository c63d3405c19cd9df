package dvdquant.models.vae;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.Shape;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.pipeline.ClipSize;
import dvdquant.tensor.Kernels;

import java.nio.file.Path;

/** A video autoencoder as its configuration describes it: what it makes of latents, and what that takes. Has no weights. */
public interface AutoencoderModel {
    LatentGeometry geometry();

    /** All its tensors. */
    TensorLayout layout();

    /** How frames of that many pixels are decoded and encoded where memory is no matter. */
    Tiling tiling(long height, long width);

    /**
     * The native memory that the decoding of latents takes at its peak, without the weights and without the frames on Java's heap.
     *
     * @param latents their shape
     */
    long decodeBytes(Shape latents, Tiling tiling, Kernels kernels);

    /** The memory that the decoder's weights take with some kernels, and the scratch memory of those. */
    long decoderBytes(Kernels kernels);

    /** The native memory that the encoding of a clip takes at its peak, with the clip itself and without the weights. */
    long encodeBytes(ClipSize clip, Tiling tiling, Kernels kernels);

    /** The memory that the encoder's weights take with some kernels, and the scratch memory of those. */
    long encoderBytes(Kernels kernels);

    /**
     * Opens the weights: the decoder's are loaded when it first decodes, the encoder's when it first encodes.
     *
     * @param folder of the component
     * @param sources of its weights
     * @param kernels in use until the autoencoder is closed
     * @throws dvdquant.core.InputException if the weights cannot be read or do not fit
     */
    Autoencoder open(Path folder, TensorSource.Opener sources, Kernels kernels);
}
