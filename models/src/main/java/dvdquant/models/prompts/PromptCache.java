package dvdquant.models.prompts;

import java.nio.file.Path;

/**
 * A folder in which encoded prompts are kept from run to run. They are found again by all that they depend on: the contents of the text
 * encoders' and tokenizers' files, the compute type, the device, the program and the text.
 *
 * @param folder made if it is not there
 * @param program that encodes, so that what another version made is not taken for its own
 */
public record PromptCache(Path folder, String program) {}
