package dvdquant.models.wan;

import dvdquant.core.InputException;
import dvdquant.models.nn.RotaryAxes;
import dvdquant.tensor.Kernels.Rotary;

import java.util.List;

/**
 * Rotary embeddings of frame, row and column, which share a head's 128 channels as 44, 42 and 42.
 *
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/models/transformers/transformer_wan.py">diffusers,
 *      WanRotaryPosEmbed</a>
 */
public final class RotaryPositions {
    private static final double THETA = 10_000;

    private RotaryPositions() {}

    /**
     * @param frames tokens along each axis, as {@code rows} and {@code columns}
     * @return tables of [frames · rows · columns, headSize], in the caller's scope
     */
    public static Rotary of(WanConfig config, int frames, int rows, int columns) {
        int longest = Math.max(frames, Math.max(rows, columns));
        if (longest > config.ropePositions()) {
            throw new InputException(
                    "the video is " + longest + " tokens long along one axis, expected at most the model's "
                            + config.ropePositions() + " (rope_max_seq_len)");
        }
        int spatial = 2 * (config.headSize() / 6);
        int temporal = config.headSize() - 2 * spatial;
        return new RotaryAxes(List.of(temporal, spatial, spatial), THETA).tables(frames, rows, columns);
    }
}
