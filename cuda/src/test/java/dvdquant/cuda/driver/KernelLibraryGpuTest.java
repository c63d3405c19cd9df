package dvdquant.cuda.driver;

import dvdquant.cuda.CudaSettings.AttentionMode;
import dvdquant.cuda.Gpu;
import org.junit.jupiter.api.Test;

import java.nio.file.Path;
import java.util.stream.IntStream;

import static org.assertj.core.api.Assertions.assertThat;

@Gpu
class KernelLibraryGpuTest {
    @Test
    void aKernelIsLoadedOnceForAllThreads() {
        Path cache = Gpu.Settings.of(AttentionMode.EXACT).cache();
        KernelLibrary library = KernelLibrary.of(GpuProperties.of(0), cache);
        var source = new KernelSource("change.cu").with("INPUT_F32", 1);
        var kernels = IntStream.range(0, 16).parallel().mapToObj(_ -> {
            KernelLibrary own = KernelLibrary.of(GpuProperties.of(0), cache);
            assertThat(own).isSameAs(library);
            return own.kernel(source, "change");
        }).toList();
        assertThat(kernels).allMatch(kernel -> kernel == kernels.getFirst());
    }
}
