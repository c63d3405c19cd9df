package dvdquant.benchmarks;

import dvdquant.benchmarks.LabelPlaces.Box;
import org.junit.jupiter.api.Test;

import java.util.ArrayList;
import java.util.List;

import static org.assertj.core.api.Assertions.assertThat;

class LabelPlacesTest {
    @Test
    void aLabelStandsToTheRight() {
        var places = new LabelPlaces();
        places.addMark(100, 50);
        Box place = places.place(100, 50, 7);
        assertThat(place.x()).isGreaterThan(100 + 6 + 3);
        assertThat(place.y()).isEqualTo(50);
    }

    @Test
    void labelsOfMarksCloseTogetherHideNothing() {
        var places = new LabelPlaces();
        var boxes = new ArrayList<Box>();
        double[][] marks = {{100, 50}, {104, 50}, {100, 53}, {112, 55}};
        for (double[] mark : marks) {
            places.addMark(mark[0], mark[1]);
            boxes.add(new Box(mark[0], mark[1], 6, 6));
        }
        for (double[] mark : marks) {
            Box place = places.place(mark[0], mark[1], 7);
            assertThat(boxes).allSatisfy(box -> assertThat(place.overlap(box)).isZero());
            boxes.add(place);
        }
    }

    @Test
    void overlapIsAnArea() {
        var box = new Box(0, 0, 2, 1);
        assertThat(List.of(box.overlap(box), box.overlap(new Box(3, 0, 2, 1)), box.overlap(new Box(9, 0, 2, 1)),
                box.overlap(new Box(9, 9, 2, 1)))).containsExactly(8.0, 2.0, 0.0, 0.0);
    }
}
