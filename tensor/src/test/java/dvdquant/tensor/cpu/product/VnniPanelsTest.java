package dvdquant.tensor.cpu.product;

import dvdquant.core.format.ElementType;
import dvdquant.core.testing.Seeds;
import dvdquant.tensor.cpu.machine.InstructionSet;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.testing.NoLeaks;
import org.bytedeco.dnnl.engine;
import org.bytedeco.javacpp.PointerScope;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

import static org.assertj.core.api.Assertions.assertThat;

/** Bit for bit as oneDNN packs, at whichever instruction set there is. */
@NoLeaks
class VnniPanelsTest {
    @ParameterizedTest
    @CsvSource({"64, 1536", "512, 1536", "64, 100", "40, 64", "17, 130", "300, 1027", "1, 3", "512, 9"})
    void weightsLieAsOneDnnPacksThem(int rows, int in) {
        NativeThreads.useInThisThread(1);
        try (var _ = new PointerScope(); var arena = Arena.ofConfined()) {
            var spec = new Matmul.Spec(128, in, rows, ElementType.I8, ElementType.I32, in, rows,
                    new Matmul.Weights(1, in, true), false, false);
            try (var product = new Matmul(new engine(engine.kind.cpu, 0), spec)) {
                if (InstructionSet.effective().hasVnni() && rows % 64 == 0) assertThat(product.panels()).isPresent();
                MemorySegment values = arena.allocate((long) rows * in);
                var random = Seeds.random(1);
                for (long i = 0; i < values.byteSize(); i++) {
                    values.set(ValueLayout.JAVA_BYTE, i, (byte) random.nextInt(-128, 128));
                }
                MemorySegment expected = arena.allocate(product.packedBytes(), 64);
                MemorySegment ours = arena.allocate(product.packedBytes(), 64).fill((byte) 7);
                product.reorder(values, expected);
                product.panels().ifPresent(panels -> {
                    panels.pack(values, ours);
                    assertThat(ours.mismatch(expected)).isEqualTo(-1);
                });
            }
        }
    }
}
