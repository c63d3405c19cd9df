package dvdquant.models.wan;

import dvdquant.core.quantize.LayerSelection;

/** Which linear layers of a Wan transformer are quantized. */
public final class WanLayers {
    /** The projections of attention and feed-forward; embedders, norms, modulation and the last projection stay as they are. */
    public static final LayerSelection QUANTIZED = LayerSelection.of(
            "blocks\\.\\d+\\.attn[12]\\.(to_q|to_k|to_v|to_out\\.0|add_k_proj|add_v_proj)",
            "blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)");

    private WanLayers() {}
}
