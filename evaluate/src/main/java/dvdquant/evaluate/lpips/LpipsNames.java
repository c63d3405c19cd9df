package dvdquant.evaluate.lpips;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.safetensors.SafetensorsFile;

import java.nio.file.Path;
import java.util.Set;

/**
 * How a file names the tensors of LPIPS. The convolutions have torchvision's names, {@code features.0.weight}, or those of the
 * lpips package, {@code net.slice1.0.weight}; the weightings are {@code lin0.model.1.weight}, or {@code lins.0.model.1.weight}
 * where a file has them under that name only. What else a dump of either holds (AlexNet's classifier, the scaling layer, the
 * weightings' second names) is not read.
 *
 * @see <a href="https://github.com/richzhang/PerceptualSimilarity">PerceptualSimilarity, lpips/pretrained_networks.py, alexnet</a>
 */
final class LpipsNames {
    private final Set<String> stored;

    private LpipsNames(Set<String> stored) {
        this.stored = stored;
    }

    /** @throws InputException if the file cannot be read */
    static LpipsNames of(Path file) {
        try (var opened = SafetensorsFile.open(file)) {
            return new LpipsNames(Set.copyOf(opened.tensors().keySet()));
        }
    }

    private boolean any(String prefix) {
        return stored.stream().anyMatch(name -> name.startsWith(prefix));
    }

    /** @param layer from 0 to 4; @return the name of the convolution, before {@code .weight} and {@code .bias} */
    String conv(int layer) {
        String prefix = any("net.slice") ? "net.slice" + (layer + 1) : "features";
        return prefix + "." + AlexNetLayer.SHAPES.get(layer).index();
    }

    /** @param layer from 0 to 4 */
    String weighting(int layer) {
        return (any("lins.") && !any("lin0.") ? "lins." : "lin") + layer + ".model.1.weight";
    }

    TensorLayout layout() {
        var layout = new TensorLayout();
        for (int i = 0; i < AlexNetLayer.SHAPES.size(); i++) {
            var shape = AlexNetLayer.SHAPES.get(i);
            layout.tensor(TensorLayout.weightOf(conv(i)), shape.out(), shape.in(), shape.size(), shape.size())
                    .tensor(TensorLayout.biasOf(conv(i)), shape.out())
                    .tensor(weighting(i), 1, shape.out(), 1, 1);
        }
        stored.stream().filter(LpipsNames::isUnused).forEach(layout::mayHave);
        return layout;
    }

    private static boolean isUnused(String name) {
        return name.startsWith("classifier.") || name.startsWith("scaling_layer.") || name.startsWith("lins.");
    }
}
