package dvdquant.models.hunyuan;

import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.text.ClipTextEncoder;
import dvdquant.models.text.LlamaEncoder;
import dvdquant.models.text.token.ClipTokenizer;
import dvdquant.models.text.token.CutPrompt;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Texts on their way through a Llama model, to the states of their tokens, and through CLIP, to a vector of all of a text. Neither pads.
 *
 * @param model its folder
 * @param crop tokens of the template before the prompt, whose states are cut off
 * @param llamaIds of the tokens of each text in its template
 * @param clipIds of the tokens of each text
 * @see <a href="https://github.com/huggingface/diffusers/blob/main/src/diffusers/pipelines/hunyuan_video/pipeline_hunyuan_video.py">
 *      diffusers, HunyuanVideoPipeline.encode_prompt</a>
 */
record HunyuanVideoTexts(Path model, int crop, List<long[]> llamaIds, List<long[]> clipIds) implements TokenizedTexts {
    static final String TOKENIZER = "tokenizer";
    static final String TOKENIZER_2 = "tokenizer_2";
    static final String TEXT_ENCODER = "text_encoder";
    static final String TEXT_ENCODER_2 = "text_encoder_2";
    private static final String STATES = "states";
    private static final String POOLED = "pooled";
    /** Of the language model: the states are those of the third layer from the end. */
    private static final int SKIPPED_LAYERS = 2;

    /** @param warnings of what is cut off a text; that CLIP does not see an end is said once, since most prompts are longer than it reads */
    static HunyuanVideoTexts tokenize(Path model, List<String> texts, Consumer<String> warnings) {
        var template = PromptTemplate.read(model);
        var llamaIds = new ArrayList<long[]>();
        var clipIds = new ArrayList<long[]>();
        var unseen = new ArrayList<String>();
        try (var llama = TemplatedTokenizer.open(model.resolve(TOKENIZER), template);
                var clip = ClipTokenizer.open(model.resolve(TOKENIZER_2))) {
            for (String text : texts) {
                llamaIds.add(llama.encode(text, warnings));
                clipIds.add(clip.encode(text, unseen::add));
            }
        }
        if (!unseen.isEmpty()) warnings.accept(unseenByClip(unseen));
        return new HunyuanVideoTexts(model, template.crop(), llamaIds, clipIds);
    }

    private static String unseenByClip(List<String> ends) {
        String whose = ends.size() == 1 ? "a prompt" : ends.size() + " prompts";
        return "CLIP, the second text encoder, reads " + ClipTokenizer.MAX_TOKENS
                + " tokens and does not see the end of "
                + whose + ", the first from " + CutPrompt.quoted(ends.getFirst()) + " on";
    }

    @Override
    public List<Conditioning> encode(TensorSource.Opener sources, EncoderPrecision precision, ComputeDevice device,
            LayerListener listener) {
        try (var llama = LlamaEncoder.open(model.resolve(TEXT_ENCODER), SKIPPED_LAYERS, sources, precision, device);
                var clip = ClipTextEncoder.open(model.resolve(TEXT_ENCODER_2), sources,
                        EncoderPrecision.of(precision.type()), device);
                var _ = TensorScope.open()) {
            int layers = llama.layers() + clip.layers();
            listener.afterLayer(0, layers);
            List<Tensor> states = llama.encode(llamaIds, (done, _) -> listener.afterLayer(done, layers));
            List<Tensor> pooled = clip.encode(clipIds,
                    (done, _) -> listener.afterLayer(llama.layers() + done, layers));
            var results = new ArrayList<Conditioning>();
            for (int i = 0; i < states.size(); i++) {
                Tensor all = states.get(i);
                results.add(conditioning(all.narrow(0, crop, all.dim(0) - crop).contiguous(), pooled.get(i)));
            }
            return results;
        }
    }

    static Conditioning conditioning(Tensor states, Tensor pooled) {
        return new Conditioning(Map.of(STATES, ConditioningTensor.of(states), POOLED, ConditioningTensor.of(pooled)));
    }

    /** [tokens, text width]: what the transformer attends to. */
    static ConditioningTensor states(Conditioning given) {
        return given.part(STATES);
    }

    /** [1, pooled width]: what goes into its modulation. */
    static ConditioningTensor pooled(Conditioning given) {
        return given.part(POOLED);
    }
}
