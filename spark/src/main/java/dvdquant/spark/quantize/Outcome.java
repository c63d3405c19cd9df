package dvdquant.spark.quantize;

import java.io.Serializable;
import java.util.List;

/** What came of a task. */
sealed interface Outcome extends Serializable {
    /**
     * Pieces that were worked on.
     *
     * @param task its number
     * @param extents of what was made, in the order of the pieces
     * @param weights of the pieces
     */
    record Made(int task, List<Extent> extents, long weights) implements Outcome {}

    /**
     * Files that were written.
     *
     * @param files by what each is to be called, in the target
     */
    record Written(List<WrittenFile> files) implements Outcome {}

    /**
     * A file.
     *
     * @param name in the target, as {@code transformer/config.json}
     * @param file where it is
     * @param length in bytes
     */
    record WrittenFile(String name, String file, long length) implements Serializable {}

    /**
     * Something is wrong with the model: no other try would help.
     *
     * @param message a sentence
     */
    record Refused(String message) implements Outcome {}
}
