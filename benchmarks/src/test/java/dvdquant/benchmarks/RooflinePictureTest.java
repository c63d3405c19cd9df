package dvdquant.benchmarks;

import dvdquant.benchmarks.Roofline.Mark;
import dvdquant.benchmarks.Roofline.Series;
import dvdquant.cuda.driver.GpuProperties;
import dvdquant.measure.Peak;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;

import javax.xml.parsers.DocumentBuilderFactory;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

class RooflinePictureTest {
    private static final GpuProperties H100 = new GpuProperties(0, "NVIDIA H100 80GB HBM3", 9, 0, 132, 80L << 30,
            1_980_000);

    @TempDir
    Path folder;

    @Test
    void peaksAreThoseOfTheChip() {
        Peak peak = Peak.of(H100).orElseThrow();
        assertThat(peak.int8()).isCloseTo(2141, within(1.0));
        assertThat(peak.bf16()).isEqualTo(peak.int8() / 2);
        var a100 = new GpuProperties(0, "NVIDIA A100", 8, 0, 108, 80L << 30, 1_410_000);
        assertThat(Peak.of(a100).orElseThrow().bf16()).isCloseTo(312, within(0.5));
        assertThat(Peak.of(new GpuProperties(0, "NVIDIA L40S", 8, 9, 142, 48L << 30, 2_520_000))).isEmpty();
    }

    @Test
    void aPictureIsXmlWithAMarkAProduct() throws Exception {
        Path file = folder.resolve("roofline.svg");
        RooflinePicture.write(example(Peak.of(H100)), file);
        Document picture = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(file.toFile());
        assertThat(picture.getElementsByTagName("title").item(0).getTextContent()).isEqualTo("Products on <a> & b");
        assertThat(picture.getElementsByTagName("title").getLength()).isEqualTo(1 + 12);
        assertThat(picture.getDocumentElement().getTextContent()).contains("copy: 2900 GB/s", "int8, fp8: 2141 TOP/s",
                "bf16: 1071 TOP/s", "ours, int8, 32760 × 5120 × 5120: 1500 TOP/s");
    }

    @Test
    void withoutAPeakThereIsTheMemorysLimitAlone() {
        String picture = RooflinePicture.svg(example(Optional.empty()));
        assertThat(picture).contains("copy: 2900 GB/s").doesNotContain("bf16: ", "fp8: ", "NaN", "Infinity");
        assertThat(RooflinePicture.svg(new Roofline("nothing", 2900, Optional.empty(), List.of())))
                .doesNotContain("NaN", "Infinity");
    }

    private static Roofline example(Optional<Peak> peak) {
        return new Roofline("Products on <a> & b", 2900, peak, List.of(
                mark(Series.OURS, ProductSize.of(32760, 5120, 5120), 1, 2, 1500),
                mark(Series.FP8, ProductSize.of(32760, 5120, 5120), 1, 2, 1462),
                mark(Series.INT8, ProductSize.of(32760, 5120, 5120), 1, 4, 952),
                mark(Series.BF16, ProductSize.of(32760, 5120, 5120), 2, 2, 828),
                mark(Series.OURS, ProductSize.of(32760, 1536, 8960), 1, 2, 1255),
                mark(Series.FP8, ProductSize.of(32760, 1536, 8960), 1, 2, 1301),
                mark(Series.INT8, ProductSize.of(32760, 1536, 8960), 1, 4, 569),
                mark(Series.BF16, ProductSize.of(32760, 1536, 8960), 2, 2, 685),
                mark(Series.OURS, ProductSize.of(118800, 15360, 3072), 1, 2, 1548),
                mark(Series.FP8, ProductSize.of(118800, 15360, 3072), 1, 2, 1231),
                mark(Series.INT8, ProductSize.of(118800, 15360, 3072), 1, 4, 913),
                mark(Series.BF16, ProductSize.of(118800, 15360, 3072), 2, 2, 678)));
    }

    private static Mark mark(Series series, ProductSize size, int read, int written, double rate) {
        return new Mark(series, size.shape(), size.flops() / size.bytes(read, written), rate);
    }
}
