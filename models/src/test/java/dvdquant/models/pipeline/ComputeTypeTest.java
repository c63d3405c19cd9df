package dvdquant.models.pipeline;

import dvdquant.core.format.ElementType;
import dvdquant.tensor.Abilities;
import dvdquant.tensor.Abilities.Products;
import org.junit.jupiter.api.Test;

import java.util.Optional;

import static org.assertj.core.api.Assertions.assertThat;

class ComputeTypeTest {
    private static final long GIB = 1L << 30;
    private static final Abilities WITH_BF16 = new Abilities("new", 512, new Products(true, "own"),
            new Products(true, "own"));
    private static final Abilities WITHOUT = new Abilities("old", 256, new Products(false, "f32"),
            new Products(false, "f32"));

    private static ComputeType choose(Abilities device, long weights, long needed, long total) {
        return ComputeType.choose(Optional.empty(), weights, device, () -> needed, total);
    }

    @Test
    void smallModelsComputeInF32() {
        assertThat(choose(WITH_BF16, 1_000_000_000, 99 * GIB, GIB).type()).isEqualTo(ElementType.F32);
        assertThat(choose(WITHOUT, 9, 99 * GIB, GIB).type()).isEqualTo(ElementType.F32);
    }

    @Test
    void largeOnesInBf16WhereItHasProducts() {
        assertThat(choose(WITH_BF16, 1_000_000_001, GIB, 99 * GIB).type()).isEqualTo(ElementType.BF16);
    }

    @Test
    void elsewhereInF32IfItFitsThreeQuartersOfTheMachine() {
        assertThat(choose(WITHOUT, 2_000_000_000, 12 * GIB, 16 * GIB)).isEqualTo(new ComputeType(ElementType.F32,
                "no bf16 products here, and f32 needs 12.00 GiB of 16.00 GiB"));
        assertThat(choose(WITHOUT, 2_000_000_000, 12 * GIB + 1, 16 * GIB).type()).isEqualTo(ElementType.BF16);
    }

    @Test
    void whatIsAskedForIsDone() {
        for (ElementType type : new ElementType[]{ElementType.F32, ElementType.BF16}) {
            assertThat(ComputeType.choose(Optional.of(type), 9, WITHOUT, () -> 0, 0))
                    .isEqualTo(new ComputeType(type, "as asked for"));
        }
    }
}
