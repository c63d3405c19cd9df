package dvdquant.models.pipeline;

import java.util.Optional;

/**
 * The encoded prompt of a request.
 *
 * @param prompt of the prompt's text and pictures
 * @param negative of the negative prompt and the pictures; empty unless the request is guided
 */
public record EncodedPrompt(Conditioning prompt, Optional<Conditioning> negative) {}
