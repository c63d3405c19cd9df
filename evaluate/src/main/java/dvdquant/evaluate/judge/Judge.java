package dvdquant.evaluate.judge;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.video.Video;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Says what a clip of the demo world shows. Six convolutions of 3×3 over the frames as channels, a layer of 128 features, a linear
 * layer for each attribute; in F32. Owns its weights. To be used by one thread at a time.
 */
public final class Judge implements AutoCloseable {
    private static final int[] CHANNELS = {JudgeInput.CHANNELS, 64, 64, 96, 96, 128, 128};
    private static final int[] STRIDES = {2, 1, 2, 1, 2, 2};
    private static final int FLATTENED = 128 * 4 * 4;
    private static final int FEATURES = 128;

    private static final String QUESTIONS = "judge.json";
    private static final String WEIGHTS = "judge.safetensors";

    private final JudgeQuestions questions;
    private final WeightLoader weights;
    private final TensorScope.Sealed tensors;
    private final List<Layer> convs = new ArrayList<>();
    private final Layer fc;
    private final Map<Attribute, Layer> heads = new EnumMap<>(Attribute.class);

    private record Layer(Tensor weight, Tensor bias) {}

    private Judge(JudgeQuestions questions, WeightLoader weights) {
        this.questions = questions;
        this.weights = weights;
        try (var scope = TensorScope.open()) {
            for (int i = 0; i < STRIDES.length; i++) {
                Layer conv = layer("convs." + i);
                convs.add(new Layer(conv.weight.reshape(CHANNELS[i + 1], CHANNELS[i], 1, 3, 3), conv.bias));
            }
            this.fc = layer("fc");
            for (Attribute attribute : Attribute.values()) {
                heads.put(attribute, layer("heads." + attribute.key()));
            }
            this.tensors = scope.seal();
        }
    }

    private Layer layer(String name) {
        return new Layer(weights.get(TensorLayout.weightOf(name), ElementType.F32),
                weights.get(TensorLayout.biasOf(name), ElementType.F32));
    }

    /**
     * @param folder with {@code judge.json} and {@code judge.safetensors}, as {@code demo/judge}
     * @throws InputException if they cannot be read, or do not fit each other
     */
    public static Judge open(Path folder) {
        JudgeQuestions questions = JudgeQuestions.read(folder.resolve(QUESTIONS));
        WeightLoader weights = WeightLoader.openFile(folder.resolve(WEIGHTS), layout(questions));
        try {
            return new Judge(questions, weights);
        } catch (RuntimeException | Error e) {
            weights.close();
            throw e;
        }
    }

    /** What {@link #open} reads. */
    public static List<Path> files(Path folder) {
        return List.of(folder.resolve(QUESTIONS), folder.resolve(WEIGHTS));
    }

    private static TensorLayout layout(JudgeQuestions questions) {
        var layout = new TensorLayout();
        for (int i = 0; i < STRIDES.length; i++) {
            layout.tensor(TensorLayout.weightOf("convs." + i), CHANNELS[i + 1], CHANNELS[i], 3, 3)
                    .tensor(TensorLayout.biasOf("convs." + i), CHANNELS[i + 1]);
        }
        layout.linear("fc", FEATURES, FLATTENED);
        questions.answers().forEach((attribute, answers) -> layout.linear("heads." + attribute.key(), answers.size(),
                FEATURES));
        return layout;
    }

    /** Whether it can say what a clip of this size shows. */
    public static boolean knows(int frames, int height, int width) {
        return JudgeInput.fits(frames, height, width);
    }

    public JudgeQuestions questions() {
        return questions;
    }

    /** @throws InputException if the clip is not of 17 frames of 128×128 pixels */
    public Judgement score(Video clip) {
        try (var _ = TensorScope.open()) {
            Tensor x = Tensor.ofFloats(JudgeInput.of(clip), 1, JudgeInput.CHANNELS, 1, JudgeInput.SIZE,
                    JudgeInput.SIZE);
            for (int i = 0; i < STRIDES.length; i++) {
                Layer conv = convs.get(i);
                long[] stride = {1, STRIDES[i], STRIDES[i]};
                x = x.conv3d(conv.weight, conv.bias, stride, new long[]{0, 1, 1}).silu();
            }
            Tensor features = x.reshape(1, FLATTENED).linear(fc.weight, fc.bias).silu();
            var logits = new EnumMap<Attribute, float[]>(Attribute.class);
            var answers = new EnumMap<Attribute, String>(Attribute.class);
            heads.forEach((attribute, head) -> {
                float[] values = features.linear(head.weight, head.bias).toFloats();
                logits.put(attribute, values);
                answers.put(attribute, questions.answers().get(attribute).get(largest(values)));
            });
            return new Judgement(logits, answers, features.toFloats());
        }
    }

    private static int largest(float[] values) {
        int largest = 0;
        for (int i = 1; i < values.length; i++) {
            if (values[i] > values[largest]) largest = i;
        }
        return largest;
    }

    @Override
    public void close() {
        tensors.close();
        weights.close();
    }
}
