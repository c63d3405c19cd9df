package dvdquant.cuda.driver;

import dvdquant.cuda.driver.CudaLibraries.Library;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

import static org.assertj.core.api.Assertions.assertThat;

class CudaLibrariesTest {
    @ParameterizedTest
    @ValueSource(strings = {"no jnicudart in java.library.path: /usr/lib",
            "Could not find jnicudart in class, module, and library paths.",
            "Exception java.lang.UnsatisfiedLinkError: no jnicudart in java.library.path: /usr/lib [in thread \"main\"]"})
    void bindingsWithoutTheirNativeHalfAreNotInTheBuild(String said) {
        Library library = CudaLibraries.missing("NVRTC", new UnsatisfiedLinkError(said));
        assertThat(library.isInBuild()).isFalse();
        assertThat(library.missing()).contains("not in this build");
    }

    @Test
    void aFileThatTheSystemLacksIsNamed() {
        var cause = new UnsatisfiedLinkError("libnvrtc.so.13: cannot open shared object file: No such file\nmore");
        Library library = CudaLibraries.missing("NVRTC", new NoClassDefFoundError("nvrtc").initCause(cause));
        assertThat(library.isInBuild()).isTrue();
        assertThat(library.missing()).contains("libnvrtc.so.13: cannot open shared object file: No such file");
    }
}
