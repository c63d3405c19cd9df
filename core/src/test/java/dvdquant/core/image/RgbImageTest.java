package dvdquant.core.image;

import org.junit.jupiter.api.Test;

import java.awt.image.BufferedImage;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class RgbImageTest {
    @Test
    void isMadeOfABufferedImageWithoutItsAlpha() {
        var buffered = new BufferedImage(2, 3, BufferedImage.TYPE_INT_ARGB);
        buffered.setRGB(1, 2, 0x10_20_30_40);
        RgbImage image = RgbImage.ofArgb(2, 3, buffered.getRGB(0, 0, 2, 3, null, 0, 2));
        assertThat(image.size()).isEqualTo(new ImageSize(2, 3));
        assertThat(image.pixels()).endsWith(0, 0x20, 0x30, 0x40).startsWith(0, 0, 0);
    }

    @Test
    void mustHaveItsBytes() {
        assertThatThrownBy(() -> new RgbImage(2, 2, new byte[11])).hasMessageContaining("11 bytes, expected 12");
        assertThatThrownBy(() -> new RgbImage(0, 2, new byte[0])).hasMessageContaining("0×2");
        assertThatThrownBy(() -> new RgbImage(1 << 20, 1 << 20, new byte[3])).hasMessageContaining("3298534883328");
    }

    @Test
    void cropsTheMiddle() {
        RgbImage image = Images.random(1, 5, 4);
        RgbImage middle = image.centerCrop(new ImageSize(2, 2));
        for (int y = 0; y < 2; y++) {
            for (int b = 0; b < 6; b++) {
                assertThat(middle.pixels()[6 * y + b]).isEqualTo(image.pixels()[15 * (y + 1) + 3 + b]);
            }
        }
        assertThat(image.centerCrop(image.size())).isEqualTo(image);
        assertThatThrownBy(() -> image.centerCrop(new ImageSize(6, 1))).hasMessageContaining("6×1")
                .hasMessageContaining("5×4");
    }

    @Test
    void normalizesByColor() {
        RgbImage image = new RgbImage(2, 1, new byte[]{0, 51, (byte) 255, (byte) 255, 102, 0});
        assertThat(ChannelNormalization.SYMMETRIC.apply(image)).containsExactly(-1, 1, 2 * (51 / 255f) - 1,
                2 * (102 / 255f) - 1, 1, -1);
    }
}
