package dvdquant.models.wan;

import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;

import java.util.HashMap;
import java.util.Optional;

/**
 * What the pictures of a clip come to for a Wan transformer; each model reads some of it.
 *
 * @param condition [1, mask and latent channels, frames, height, width], beside the channels of the latents: the mask is 1 at frames
 *            that are given, and the latents are those of the pictures with gray between them
 * @param states [image tokens, imageWidth], of an image encoder
 * @param firstFrame [1, channels, 1, height, width]: the latents of the first frame, which stays as it is
 */
public record ImageParts(Optional<ConditioningTensor> condition, Optional<ConditioningTensor> states,
        Optional<ConditioningTensor> firstFrame) {
    private static final String CONDITION = "condition";
    private static final String STATES = "image_states";
    private static final String FIRST_FRAME = "first_frame";

    static ImageParts of(Conditioning given) {
        return new ImageParts(part(given, CONDITION), part(given, STATES), part(given, FIRST_FRAME));
    }

    private static Optional<ConditioningTensor> part(Conditioning given, String name) {
        return Optional.ofNullable(given.parts().get(name));
    }

    /** To be given with that of a text. */
    public Conditioning conditioning() {
        var parts = new HashMap<String, ConditioningTensor>();
        condition.ifPresent(part -> parts.put(CONDITION, part));
        states.ifPresent(part -> parts.put(STATES, part));
        firstFrame.ifPresent(part -> parts.put(FIRST_FRAME, part));
        return new Conditioning(parts);
    }
}
