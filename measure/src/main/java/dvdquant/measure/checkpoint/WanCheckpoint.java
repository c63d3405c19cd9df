package dvdquant.measure.checkpoint;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.measure.checkpoint.Architecture.Companion;
import dvdquant.measure.checkpoint.Architecture.OfDemo;
import dvdquant.measure.checkpoint.Architecture.Settings;
import dvdquant.models.diffusion.DiffusionModel;
import dvdquant.models.encoder.ClipEncoderConfig;
import dvdquant.models.text.Umt5Config;
import dvdquant.models.vision.ClipVisionConfig;
import dvdquant.models.wan.ImageEmbedderConfig;
import dvdquant.models.wan.WanArchitecture;
import dvdquant.models.wan.WanConfig;
import dvdquant.models.wan.vae.VaeConfig;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/** What a Wan model's folder holds, under the keys of diffusers and transformers. */
public final class WanCheckpoint {
    /** Of a component that a model does not have, in {@code model_index.json}. */
    private static final List<Object> NONE = Arrays.asList(null, null);
    private static final int COLORS = 3;

    private WanCheckpoint() {}

    public static Architecture of(WanArchitecture wan) {
        var parts = new ArrayList<Part>();
        var companions = new ArrayList<Companion>();
        parts.add(transformer(DiffusionModel.TRANSFORMER, wan.transformer()));
        if (wan.boundary().isPresent()) parts.add(transformer(DiffusionModel.TRANSFORMER_2, wan.transformer()));
        parts.add(Part.ofTransformers("text_encoder", "UMT5EncoderModel", textEncoder(wan.text()),
                wan.text().layout()));
        companions.add(new OfDemo("tokenizer", "text_encoder", "T5TokenizerFast"));
        wan.imageEncoder().ifPresent(encoder -> {
            parts.add(Part.ofTransformers("image_encoder", "CLIPVisionModel", imageEncoder(encoder), stored(encoder)));
            companions.add(new Settings("image_processor", "image_encoder", "CLIPImageProcessor",
                    "preprocessor_config.json", imageProcessor(encoder)));
        });
        parts.add(Part.ofDiffusers("vae", vae(wan.vae()), wan.vae().layout(), _ -> false));
        return new Architecture(wan.pipelineClass(), flags(wan), scheduler(wan.flowShift()), parts, companions);
    }

    private static Part transformer(String name, WanConfig config) {
        return Part.ofDiffusers(name, transformer(config), config.layout(),
                tensor -> WanArchitecture.storedType(tensor, ElementType.BF16) == ElementType.F32);
    }

    /** Those of Wan2.2's, which name what they do not have, too. */
    private static Map<String, Object> flags(WanArchitecture wan) {
        var flags = new LinkedHashMap<String, Object>();
        if (wan.boundary().isEmpty() && !wan.expandTimesteps()) return flags;
        flags.put("boundary_ratio", wan.boundary().isPresent() ? wan.boundary().getAsDouble() : null);
        flags.put("expand_timesteps", wan.expandTimesteps());
        if (wan.boundary().isEmpty()) flags.put(DiffusionModel.TRANSFORMER_2, NONE);
        if (wan.transformer().readsCondition()) {
            flags.put("image_encoder", NONE);
            flags.put("image_processor", NONE);
        }
        return flags;
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
        config.put("image_dim", from.imageEmbedder().map(ImageEmbedderConfig::width).orElse(null));
        config.put("added_kv_proj_dim", from.imageEmbedder().map(_ -> from.width()).orElse(null));
        config.put("pos_embed_seq_len",
                from.imageEmbedder().map(ImageEmbedderConfig::positions).filter(OptionalInt::isPresent)
                        .map(OptionalInt::getAsInt).orElse(null));
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

    private static Map<String, Object> imageEncoder(ClipVisionConfig from) {
        ClipEncoderConfig layers = from.encoder();
        var config = new LinkedHashMap<String, Object>();
        config.put("architectures", List.of("CLIPVisionModel"));
        config.put("model_type", "clip_vision_model");
        config.put("hidden_act", layers.quick() ? "quick_gelu" : "gelu");
        config.put("hidden_size", layers.width());
        config.put("num_attention_heads", layers.heads());
        config.put("intermediate_size", layers.feedForward());
        config.put("num_hidden_layers", layers.layers());
        config.put("image_size", from.imageSize());
        config.put("patch_size", from.patch());
        config.put("num_channels", COLORS);
        config.put("layer_norm_eps", layers.eps());
        return config;
    }

    /** With the norm behind the last layer, which nothing here reads. */
    private static TensorLayout stored(ClipVisionConfig encoder) {
        int width = encoder.encoder().width();
        return encoder.layout().tensor("vision_model.post_layernorm.weight", width)
                .tensor("vision_model.post_layernorm.bias", width);
    }

    private static Map<String, Object> imageProcessor(ClipVisionConfig of) {
        var config = new LinkedHashMap<String, Object>();
        config.put("image_processor_type", "CLIPImageProcessor");
        config.put("do_convert_rgb", true);
        config.put("do_resize", true);
        config.put("size", Map.of("shortest_edge", of.imageSize()));
        config.put("resample", 3);
        config.put("do_center_crop", true);
        config.put("crop_size", new TreeMap<>(Map.of("height", of.imageSize(), "width", of.imageSize())));
        config.put("do_rescale", true);
        config.put("rescale_factor", 1 / 255.0);
        config.put("do_normalize", true);
        config.put("image_mean", List.of(0.48145466, 0.4578275, 0.40821073));
        config.put("image_std", List.of(0.26862954, 0.26130258, 0.27577711));
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
        config.put("patch_size", from.patchSize() == 1 ? null : from.patchSize());
        config.put("in_channels", from.colors());
        config.put("out_channels", from.colors());
        config.put("scale_factor_spatial", from.pixelsPerLatent());
        config.put("scale_factor_temporal", VaeConfig.FRAMES_PER_LATENT);
        return config;
    }
}
