package dvdquant.models.text.token;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.json.JsonFile;
import tools.jackson.databind.json.JsonMapper;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * A CLIP tokenizer in the files that it was first published in, as one that Hugging Face's library reads: text is composed (NFC), its white
 * space collapsed, its capitals made small; then pairs of bytes are merged, within words, by {@code merges.txt}.
 *
 * @see <a href="https://github.com/huggingface/transformers/blob/main/src/transformers/convert_slow_tokenizer.py">transformers,
 *      CLIPConverter</a>
 */
final class ClipFiles {
    private static final String VOCABULARY = "vocab.json";
    private static final String MERGES = "merges.txt";
    private static final String END_OF_WORD = "</w>";
    private static final String WORDS = "'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+";

    private ClipFiles() {}

    /** @throws InputException if a file is missing or broken, or the special tokens are not in the vocabulary */
    static TokenizerFile open(Path folder) {
        if (!Files.isRegularFile(folder.resolve(VOCABULARY))) {
            throw new InputException(folder + ": no tokenizer, expected " + TokenizerFile.NAME + ", or " + VOCABULARY
                    + " and " + MERGES);
        }
        Map<String, Integer> vocabulary = vocabulary(JsonFile.read(folder.resolve(VOCABULARY)));
        List<List<String>> merges = merges(folder.resolve(MERGES), vocabulary);
        SpecialTokens special = SpecialTokens.read(folder);
        String start = known(special.named("bos_token").orElse("<|startoftext|>"), "bos_token", folder, vocabulary);
        String end = known(special.named("eos_token").orElse("<|endoftext|>"), "eos_token", folder, vocabulary);
        String unknown = known(special.named("unk_token").orElse(end), "unk_token", folder, vocabulary);
        var model = Map.of("type", "BPE", "vocab", vocabulary, "merges", merges, "unk_token", unknown,
                "continuing_subword_prefix", "", "end_of_word_suffix", END_OF_WORD, "fuse_unk", false);
        var json = Map.of("version", "1.0", "added_tokens",
                List.of(added(start, vocabulary), added(end, vocabulary)), "normalizer", normalizer(),
                "pre_tokenizer", words(start, end), "post_processor",
                Map.of("type", "RobertaProcessing", "sep", List.of(end, vocabulary.get(end)), "cls",
                        List.of(start, vocabulary.get(start)), "trim_offsets", false, "add_prefix_space", false),
                "model", model);
        return TokenizerFile.of(JsonMapper.shared().writeValueAsString(json), folder.resolve(VOCABULARY));
    }

    private static Map<String, Integer> vocabulary(JsonFile file) {
        var ids = new LinkedHashMap<String, Integer>();
        file.keys().forEach(token -> ids.put(token, file.integer(token)));
        return ids;
    }

    /** The first line is the version of the format. */
    private static List<List<String>> merges(Path file, Map<String, Integer> vocabulary) {
        var merges = new ArrayList<List<String>>();
        List<String> lines = lines(file);
        for (int i = 1; i < lines.size(); i++) {
            if (lines.get(i).isBlank()) continue;
            List<String> pair = List.of(lines.get(i).strip().split(" +"));
            String merged = String.join("", pair);
            if (pair.size() != 2 || !vocabulary.keySet().containsAll(pair) || !vocabulary.containsKey(merged)) {
                throw new InputException(file + ": line " + (i + 1) + " is " + CutPrompt.quoted(lines.get(i))
                        + ", expected two tokens of " + VOCABULARY + " that are one together");
            }
            merges.add(pair);
        }
        return merges;
    }

    private static List<String> lines(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new InputException("cannot read " + file + ": " + Reasons.of(e), e);
        }
    }

    private static String known(String token, String part, Path folder, Map<String, Integer> vocabulary) {
        if (vocabulary.containsKey(token)) return token;
        throw new InputException(folder.resolve(VOCABULARY) + ": has no \"" + token + "\", expected the " + part
                + " of the tokenizer");
    }

    private static Map<String, Object> added(String token, Map<String, Integer> vocabulary) {
        return Map.of("id", vocabulary.get(token), "content", token, "single_word", false, "lstrip", false, "rstrip",
                false, "normalized", true, "special", true);
    }

    private static Map<String, Object> normalizer() {
        return Map.of("type", "Sequence", "normalizers", List.of(Map.of("type", "NFC"),
                Map.of("type", "Replace", "pattern", Map.of("Regex", "\\s+"), "content", " "),
                Map.of("type", "Lowercase")));
    }

    /** Words, digits and runs of signs, each in bytes. */
    private static Map<String, Object> words(String start, String end) {
        String pattern = literal(start) + "|" + literal(end) + "|" + WORDS;
        return Map.of("type", "Sequence", "pretokenizers", List.of(
                Map.of("type", "Split", "pattern", Map.of("Regex", pattern), "behavior", "Removed", "invert", true),
                Map.of("type", "ByteLevel", "add_prefix_space", false, "trim_offsets", true, "use_regex", true)));
    }

    private static String literal(String token) {
        return token.replaceAll("[^\\p{L}\\p{N}]", "\\\\$0");
    }
}
