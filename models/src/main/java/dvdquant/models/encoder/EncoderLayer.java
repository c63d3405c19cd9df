package dvdquant.models.encoder;

import dvdquant.models.nn.Compute;
import dvdquant.models.nn.LayerSource;
import dvdquant.tensor.Tensor;

/** A layer of an encoder, loaded. */
public interface EncoderLayer {
    /**
     * @param hidden [tokens, width]
     * @return of the same shape and type
     */
    Tensor forward(Tensor hidden, Compute compute);

    /** The layers of an encoder, by index; those of a source that lists names are not used. */
    @FunctionalInterface
    interface Stack {
        EncoderLayer load(LayerSource source, int index);
    }
}
