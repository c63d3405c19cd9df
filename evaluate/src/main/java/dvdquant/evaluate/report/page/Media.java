package dvdquant.evaluate.report.page;

import dvdquant.core.InputException;
import dvdquant.core.image.ImageSize;
import dvdquant.core.image.Resampling;
import dvdquant.core.image.RgbImage;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.StagedPath;
import dvdquant.evaluate.report.ClipFile;
import dvdquant.video.PngWriter;

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

    /** Of a picture, which stands no wider on the page. */
    private static final int LONGEST_SIDE = 320;

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

    /** What a {@code src} attribute says of a picture, which goes into the page, made small. */
    String source(RgbImage image) {
        double scale = (double) LONGEST_SIDE / Math.max(image.width(), image.height());
        RgbImage small = scale >= 1
                ? image
                : Resampling.PILLOW_LANCZOS.resize(image, new ImageSize(side(image.width(), scale),
                        side(image.height(), scale)));
        byte[] png = PngWriter.encode(small);
        inlined += png.length;
        return "data:image/png;base64," + Base64.getEncoder().encodeToString(png);
    }

    private static int side(int pixels, double scale) {
        return Math.max(1, (int) Math.rint(pixels * scale));
    }

    /** Whether a clip went beside the page. */
    boolean isBeside() {
        return beside;
    }
}
