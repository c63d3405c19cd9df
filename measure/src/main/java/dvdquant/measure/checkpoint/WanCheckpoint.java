package dvdquant.measure.checkpoint;

import dvdquant.core.format.ElementType;
import dvdquant.measure.checkpoint.Architecture.Companion;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** What a Wan model's folder holds, under the keys of diffusers and transformers. */
public final class WanCheckpoint {
    private WanCheckpoint() {}

    public static Architecture of(WanArchitecture wan) {
        return new Architecture("WanPipeline", scheduler(wan.flowShift()),
                List.of(Part.ofDiffusers("transformer", transformer(wan.transformer()), wan.transformer().layout(),
                        name -> WanArchitecture.storedType(name, ElementType.BF16) == ElementType.F32),
                        Part.ofTransformers("text_encoder", "UMT5EncoderModel", textEncoder(wan.text()),
                                wan.text().layout()),
                        Part.ofDiffusers("vae", vae(wan.vae()), wan.vae().layout(), _ -> false)),
                List.of(new Companion("tokenizer", "text_encoder", "T5TokenizerFast")));
    }

    private static Map<String, Object> scheduler(double flowShift) {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "UniPCMultistepScheduler");
        config.put("flow_shift", flowShift);
        config.put("num_train_timesteps", 1000);
        config.put("prediction_type", "flow_prediction");
        config.put("predict_x0", true);
        config.put("solver_order", 2);
        config.put("solver_type", "bh2");
        config.put("lower_order_final", true);
        config.put("final_sigmas_type", "zero");
        config.put("use_flow_sigmas", true);
        return config;
    }

    private static Map<String, Object> transformer(WanConfig from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "WanTransformer3DModel");
        config.put("num_attention_heads", from.heads());
        config.put("attention_head_dim", from.headSize());
        config.put("num_layers", from.layers());
        config.put("ffn_dim", from.feedForward());
        config.put("in_channels", from.inChannels());
        config.put("out_channels", from.outChannels());
        config.put("text_dim", from.textWidth());
        config.put("freq_dim", from.frequencies());
        config.put("patch_size", from.patch());
        config.put("rope_max_seq_len", from.ropePositions());
        config.put("eps", from.eps());
        config.put("cross_attn_norm", from.crossAttentionNorm());
        config.put("qk_norm", "rms_norm_across_heads");
        return config;
    }

    private static Map<String, Object> textEncoder(Umt5Config from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("UMT5EncoderModel"));
        config.put("model_type", "umt5");
        config.put("feed_forward_proj", "gated-gelu");
        config.put("d_model", from.width());
        config.put("d_kv", from.headSize());
        config.put("num_heads", from.heads());
        config.put("d_ff", from.feedForward());
        config.put("num_layers", from.layers());
        config.put("vocab_size", from.vocabulary());
        config.put("relative_attention_num_buckets", from.buckets());
        config.put("relative_attention_max_distance", from.maxDistance());
        config.put("layer_norm_epsilon", from.eps());
        return config;
    }

    private static Map<String, Object> vae(VaeConfig from) {
        var config = new LinkedHashMap<String, Object>();
        config.put("_class_name", "AutoencoderKLWan");
        config.put("base_dim", from.baseDim());
        config.put("decoder_base_dim", from.decoderBaseDim());
        config.put("z_dim", from.zDim());
        config.put("dim_mult", from.dimMult());
        config.put("num_res_blocks", from.numResBlocks());
        config.put("temperal_downsample", from.temperalDownsample());
        config.put("latents_mean", from.latentsMean());
        config.put("latents_std", from.latentsStd());
        config.put("is_residual", from.isResidual());
        config.put("patch_size", from.patchSize());
        config.put("in_channels", from.colors());
        config.put("out_channels", from.colors());
        config.put("scale_factor_spatial", from.pixelsPerLatent());
        config.put("scale_factor_temporal", VaeConfig.FRAMES_PER_LATENT);
        return config;
    }
}
