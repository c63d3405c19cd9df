package dvdquant.models.wan;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.text.Umt5Encoder;
import dvdquant.models.text.token.CutPrompt;
import dvdquant.models.text.token.PromptTokenizer;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Texts on their way through UMT5: to the states of their tokens, without padding.
 *
 * @param encoder its folder
 * @param ids of the tokens of each text
 */
record WanTexts(Path encoder, List<long[]> ids) implements TokenizedTexts {
    private static final String STATES = "states";

    static WanTexts tokenize(Path model, List<String> texts, Consumer<String> warnings) {
        var ids = new ArrayList<long[]>();
        try (var tokenizer = PromptTokenizer.open(model.resolve(WanFamily.TOKENIZER))) {
            for (String text : texts) {
                ids.add(tokenizer.encode(text,
                        lost -> warnings.accept(CutPrompt.warning(PromptTokenizer.MAX_TOKENS, lost))));
            }
        }
        return new WanTexts(model.resolve(WanFamily.TEXT_ENCODER), ids);
    }

    @Override
    public List<Conditioning> encode(TensorSource.Opener sources, EncoderPrecision precision, ComputeDevice device,
            LayerListener listener) {
        try (var umt5 = Umt5Encoder.open(encoder, sources, precision, device); var _ = TensorScope.open()) {
            listener.afterLayer(0, umt5.layers());
            return umt5.encode(ids, listener::afterLayer).stream().map(WanTexts::conditioning).toList();
        }
    }

    static Conditioning conditioning(Tensor states) {
        return new Conditioning(Map.of(STATES, ConditioningTensor.of(states)));
    }

    /** What the transformer reads of it. */
    static ConditioningTensor states(Conditioning given) {
        return given.part(STATES);
    }
}
