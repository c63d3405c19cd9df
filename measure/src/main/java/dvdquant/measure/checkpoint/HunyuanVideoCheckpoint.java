package dvdquant.measure.checkpoint;

import dvdquant.measure.checkpoint.Architecture.OfDemo;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.hunyuan.HunyuanVideoConfig;
import dvdquant.models.hunyuan.vae.HunyuanVideoVae;
import dvdquant.models.hunyuan.vae.VaeConfig;
import dvdquant.models.text.ClipTextConfig;
import dvdquant.models.text.LlamaConfig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a HunyuanVideo model's folder holds, under the keys of diffusers and transformers. */
public final class HunyuanVideoCheckpoint {
    private static final double SHIFT = 7;

    private HunyuanVideoCheckpoint() {}

    public static Architecture of(HunyuanVideoConfig transformer, LlamaConfig llama, ClipTextConfig clip,
            VaeConfig vae) {
        return new Architecture("HunyuanVideoPipeline", Map.of(), scheduler(),
                List.of(Part.ofDiffusers("transformer", transformer(transformer), transformer.layout(), _ -> false),
                        Part.ofTransformers("text_encoder", "LlamaModel", llama(llama), llama.layout()),
                        Part.ofTransformers("text_encoder_2", "CLIPTextModel", clip(clip), clip.layout()),
                        Part.ofDiffusers("vae", vae(vae), new HunyuanVideoVae(vae).layout(), _ -> false)),
                List.of(new OfDemo("tokenizer", "text_encoder", "LlamaTokenizerFast"),
                        new OfDemo("template.json", "text_encoder", null),
                        new OfDemo("tokenizer_2", "text_encoder_2", "CLIPTokenizer")));
    }

    private static Map<String, Object> scheduler() {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "FlowMatchEulerDiscreteScheduler");
        config.put("num_train_timesteps", 1000);
        config.put("shift", SHIFT);
        return config;
    }

    private static Map<String, Object> transformer(HunyuanVideoConfig from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "HunyuanVideoTransformer3DModel");
        config.put("num_attention_heads", from.heads());
        config.put("attention_head_dim", from.headSize());
        config.put("num_layers", from.dualBlocks());
        config.put("num_single_layers", from.singleBlocks());
        config.put("num_refiner_layers", from.refinerBlocks());
        config.put("mlp_ratio", (double) from.feedForward() / from.width());
        config.put("in_channels", from.channels());
        config.put("out_channels", from.channels());
        config.put("text_embed_dim", from.textWidth());
        config.put("pooled_projection_dim", from.pooledWidth());
        config.put("patch_size", from.patches().rows());
        config.put("patch_size_t", from.patches().frames());
        config.put("rope_axes_dim", from.ropeAxes());
        config.put("rope_theta", from.ropeTheta());
        config.put("guidance_embeds", true);
        config.put("qk_norm", "rms_norm");
        return config;
    }

    private static Map<String, Object> llama(LlamaConfig from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("LlamaModel"));
        config.put("model_type", "llama");
        config.put("hidden_act", "silu");
        config.put("hidden_size", from.width());
        config.put("head_dim", from.headSize());
        config.put("num_attention_heads", from.heads());
        config.put("num_key_value_heads", from.keyHeads());
        config.put("intermediate_size", from.feedForward());
        config.put("num_hidden_layers", from.layers());
        config.put("vocab_size", from.vocabulary());
        config.put("rms_norm_eps", from.eps());
        config.put("rope_theta", from.rope().theta());
        return config;
    }

    private static Map<String, Object> clip(ClipTextConfig from) {
        ClipEncoderConfig layers = from.encoder();
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("CLIPTextModel"));
        config.put("model_type", "clip_text_model");
        config.put("hidden_act", layers.quick() ? "quick_gelu" : "gelu");
        config.put("hidden_size", layers.width());
        config.put("num_attention_heads", layers.heads());
        config.put("intermediate_size", layers.feedForward());
        config.put("num_hidden_layers", layers.layers());
        config.put("vocab_size", from.vocabulary());
        config.put("max_position_embeddings", from.positions());
        config.put("eos_token_id", from.endToken());
        config.put("layer_norm_eps", layers.eps());
        return config;
    }

    private static Map<String, Object> vae(VaeConfig from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "AutoencoderKLHunyuanVideo");
        config.put("latent_channels", from.latentChannels());
        config.put("block_out_channels", from.blockOutChannels());
        config.put("layers_per_block", from.layersPerBlock());
        config.put("norm_num_groups", from.normNumGroups());
        config.put("scaling_factor", from.scalingFactor());
        return config;
    }
}
