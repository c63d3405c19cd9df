package dvdquant.models.pipeline;

import java.util.Optional;

/**
 * The encoded texts of a request.
 *
 * @param negative of the negative prompt; empty unless the request is guided
 */
public record EncodedPrompt(Conditioning prompt, Optional<Conditioning> negative) {}
