package dvdquant.core.io;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.file.AccessDeniedException;

import static org.assertj.core.api.Assertions.assertThat;

class ReasonsTest {
    @Test
    void namesTheCauseAtTheBottomInOneLine() {
        assertThat(Reasons.innermost(new IllegalStateException("outer", new IOException("disk full\nat 1"))))
                .startsWith("disk full");
        assertThat(Reasons.innermost(new IllegalStateException("outer", new AccessDeniedException("/x"))))
                .isEqualTo("permission denied");
        assertThat(Reasons.innermost(new IllegalStateException())).isEqualTo("IllegalStateException");
    }
}
