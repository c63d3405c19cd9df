package dvdquant.models.hunyuan;

import dvdquant.core.InputException;
import dvdquant.core.json.JsonFile;
import dvdquant.models.text.token.LlamaTokenizer;

import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What the language model is told around a prompt, so that it describes a video. The states of what stands before the prompt are cut off.
 *
 * @param crop tokens before the prompt, the one that begins a text included
 * @param origin of the template, for messages
 */
record PromptTemplate(String before, String after, int crop, String origin) {
    private static final String FILE = "template.json";
    private static final String PROMPT = "{}";
    /** HunyuanVideo was trained with it. diffusers, {@code DEFAULT_PROMPT_TEMPLATE}. */
    private static final String TEXT_TO_VIDEO = "<|start_header_id|>system<|end_header_id|>\n\n"
            + "Describe the video by detailing the following aspects: 1. The main content and theme of the video."
            + "2. The color, shape, size, texture, quantity, text, and spatial relationships of the objects."
            + "3. Actions, events, behaviors temporal relationships, physical movement changes of the objects."
            + "4. background environment, light, style and atmosphere."
            + "5. camera angles, movements, and transitions used in the video:<|eot_id|>"
            + "<|start_header_id|>user<|end_header_id|>\n\n{}<|eot_id|>";
    private static final int TEXT_TO_VIDEO_CROP = 95;

    /**
     * That of {@code template.json} in the model's folder ({@code template}, {@code crop_start}), or HunyuanVideo's own.
     *
     * @throws InputException if the file has no template with one place for a prompt
     */
    static PromptTemplate read(Path model) {
        Path path = model.resolve(FILE);
        if (!Files.exists(path)) return of(TEXT_TO_VIDEO, TEXT_TO_VIDEO_CROP, "HunyuanVideo's template");
        JsonFile file = JsonFile.read(path);
        String template = file.text("template");
        String rest = template.replaceFirst("\\{}", "");
        if (rest.length() == template.length() || rest.contains("{") || rest.contains("}")) {
            throw file.unexpected("template", "a text with {} once, in the prompt's place, and no other braces");
        }
        return of(template, file.size("crop_start"), "the template in " + path);
    }

    private static PromptTemplate of(String template, int crop, String origin) {
        int at = template.indexOf(PROMPT);
        return new PromptTemplate(template.substring(0, at), template.substring(at + PROMPT.length()), crop, origin);
    }

    String around(String prompt) {
        return before + prompt + after;
    }

    /** @throws InputException if a tokenizer makes more or fewer tokens of what stands before the prompt */
    void requireFits(LlamaTokenizer tokenizer) {
        int tokens = tokenizer.encode(before).ids().length;
        if (tokens != crop) {
            throw new InputException(
                    tokenizer.file() + ": makes " + tokens + " tokens of what stands before the prompt in "
                            + origin + ", expected " + crop + ": tokenizer and template do not belong together");
        }
    }
}
