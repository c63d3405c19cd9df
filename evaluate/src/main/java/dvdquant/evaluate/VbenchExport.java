package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.Results.CandidateResults;
import dvdquant.evaluate.Results.ClipResults;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Sample;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Set;

import static java.util.stream.Collectors.toSet;

/**
 * Clips under the names by which VBench finds a prompt's: {@code PROMPT-0.mp4}, {@code PROMPT-1.mp4}, …, a folder a candidate.
 *
 * @see <a href="https://github.com/Vchitect/VBench/blob/master/prompts/README.md">VBench, prompts/README.md</a>
 */
public final class VbenchExport {
    private static final int LONGEST_NAME_BYTES = 220; // 255 in a folder, and the hidden name while it is copied is longer

    private VbenchExport() {}

    static String name(Sample sample) {
        return sample.prompt() + "-" + sample.index() + ".mp4";
    }

    /**
     * @throws InputException if the folder is a file, a prompt cannot be a part of a file's name, two candidates would share a
     *         folder, or one holds clips of another export, which VBench would score as this one's
     */
    public static void check(List<Sample> samples, List<Candidate> candidates, Path folder) {
        if (Files.exists(folder) && !Files.isDirectory(folder)) {
            throw new InputException("--export-vbench " + folder + ": it is a file, expected a folder");
        }
        checkFolders(candidates);
        for (Sample sample : samples) {
            String name = name(sample);
            int bytes = name.getBytes(StandardCharsets.UTF_8).length;
            if (name.contains("/") || name.indexOf('\0') >= 0 || bytes > LONGEST_NAME_BYTES) {
                throw new InputException("--export-vbench: the prompt \"" + sample.prompt()
                        + "\" cannot be a file's name, which VBench's are; expected one of at most "
                        + LONGEST_NAME_BYTES + " bytes without /");
            }
        }
        Set<String> names = samples.stream().map(VbenchExport::name).collect(toSet());
        if (names.size() < samples.size()) {
            throw new InputException(
                    "--export-vbench: there are prompts of one text with different pictures, whose clips "
                            + "would have one name; expected texts that differ");
        }
        candidates.forEach(candidate -> requireNoOthers(folder.resolve(folderName(candidate.label())), names));
    }

    private static void requireNoOthers(Path own, Set<String> names) {
        if (!Files.isDirectory(own)) return;
        Folders.list(own).stream().map(file -> file.getFileName().toString())
                .filter(name -> name.endsWith(".mp4") && !names.contains(name)).findFirst().ifPresent(name -> {
                    throw new InputException("--export-vbench: " + own + " holds " + name + " of another export, which "
                            + "VBench would score as one of this one's clips; expected a folder of its own");
                });
    }

    private static void checkFolders(List<Candidate> candidates) {
        var labels = new HashMap<String, String>();
        for (Candidate candidate : candidates) {
            String name = folderName(candidate.label());
            String other = labels.put(name, candidate.label());
            if (other != null) {
                throw new InputException("--export-vbench: the clips of '" + other + "' and of '" + candidate.label()
                        + "' would both go to the folder " + name
                        + ", expected models whose names differ in letters or digits");
            }
        }
    }

    /** Copies every clip; files of an earlier export are replaced. */
    public static void write(Results results, Path folder) {
        for (CandidateResults candidate : results.candidates()) {
            Path own = folder.resolve(folderName(candidate.candidate().label()));
            for (ClipResults clip : candidate.clips()) {
                copy(clip.file(), own.resolve(name(clip.sample())));
            }
        }
    }

    /** "W4A4 dvd-quant" → "w4a4-dvd-quant". */
    private static String folderName(String label) {
        return label.toLowerCase(Locale.ROOT).replace("δ", "delta").replaceAll("[^a-z0-9.-]+", "-");
    }

    private static void copy(Path from, Path to) {
        try (var staged = StagedPath.beside(to)) {
            Files.copy(from, staged.path());
            staged.commit();
        } catch (IOException e) {
            throw new InputException("cannot write " + to + ": " + Reasons.of(e), e);
        }
    }
}
