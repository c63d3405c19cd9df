package dvdquant.models.pipeline;

import java.util.Optional;

/**
 * The encoded texts of a request.
 *
 * @param prompt of the prompt
 * @param negative of the negative prompt; empty unless the request is guided
 */
public record EncodedPrompt(Conditioning prompt, Optional<Conditioning> negative) {}
