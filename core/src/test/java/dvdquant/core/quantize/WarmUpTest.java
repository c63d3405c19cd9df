package dvdquant.core.quantize;

import dvdquant.core.quant.rotation.Rotation;
import dvdquant.core.quant.weights.CodeRange;
import dvdquant.core.quant.weights.GroupSize;
import dvdquant.core.quant.weights.Rounding;
import dvdquant.core.quant.weights.WeightScheme;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class WarmUpTest {
    /** A row of noise must fit any rotation and any group, whatever the model's are. */
    @Test
    void hasRowsForEveryScheme() {
        var rotations = new ArrayList<Rotation>(List.of(new Rotation.None(), new Rotation.Full(0)));
        for (int block = 1; block <= 8192; block *= 2) {
            rotations.add(new Rotation.Blocks(block, 0));
        }
        for (Rotation rotation : rotations) {
            for (GroupSize group : List.of(new GroupSize.WholeRow(), new GroupSize.Multiples(13),
                    new GroupSize.Free(96))) {
                var scheme = new WeightScheme(new CodeRange(4), Rounding.MINMAX, group, rotation);
                assertThat(WarmUp.quantizer(scheme).columns()).as("%s, %s", rotation, group).isPositive();
            }
        }
    }
}
