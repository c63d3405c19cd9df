package dvdquant.evaluate.report.page;

import dvdquant.core.InputException;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.ClipFile;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;

/**
 * Puts clips into the page, as long as they take no more than {@link #INLINE_BYTES} together; those after that go beside it, into
 * the folder {@code media}.
 */
final class Media {
    /** Of clips in one page: browsers open a page of this size in a second or two, mail and trackers take it. */
    static final long INLINE_BYTES = 48L << 20;

    private final Path folder;
    private final long limit;
    private long inlined;
    private boolean beside;

    /**
     * @param folder where the page goes
     * @param limit bytes of clips that go into the page
     */
    Media(Path folder, long limit) {
        this.folder = folder;
        this.limit = limit;
    }

    /**
     * What a {@code src} attribute says of the clip.
     *
     * @param name what to call it, should it go beside the page; without ending
     * @throws InputException if the clip cannot be read or written
     */
    String source(ClipFile clip, String name) {
        byte[] bytes;
        try {
            bytes = Files.readAllBytes(clip.path());
        } catch (IOException e) {
            throw new InputException("cannot read " + clip.path() + ": " + Reasons.of(e), e);
        }
        if (inlined + bytes.length <= limit) {
            inlined += bytes.length;
            return "data:video/mp4;base64," + Base64.getEncoder().encodeToString(bytes);
        }
        beside = true;
        Path target = folder.resolve("media").resolve(name + ".mp4");
        StagedPath.write(target, bytes);
        return "media/" + name + ".mp4";
    }

    /** Whether a clip went beside the page. */
    boolean isBeside() {
        return beside;
    }
}
