package example;

import dvdquant.core.quantize.CheckpointSize;
import dvdquant.core.quantize.LayerSelection;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Quantizer;

import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;

/**
 * A checkpoint to a 4-bit one, as a step of some job: {@code quantize MODEL OUT}. Without a native library; with {@code dvdquant-models} on
 * the class path {@code Pipelines.quantizedLayers} knows the layers of a model.
 */
public final class QuantizeJob {
    /** Of a Wan transformer: attention and feed-forward of its blocks. */
    private static final LayerSelection LAYERS = LayerSelection.of("blocks\\.\\d+\\.attn[12]\\.to_(q|k|v|out\\.0)",
            "blocks\\.\\d+\\.ffn\\.net\\.(0\\.proj|2)");

    private QuantizeJob() {}

    public static void main(String[] args) {
        if (args.length != 2) throw new IllegalArgumentException("expected MODEL OUT");
        var quantizer = new Quantizer(Method.DVD_QUANT.recipe(4), new TreeMap<>(Map.of("transformer", LAYERS)),
                Runtime.getRuntime().availableProcessors(), false);
        CheckpointSize size = quantizer.run(Path.of(args[0]), Path.of(args[1]), (done, total) -> {});
        System.out.printf("%d layers at %.2f bits a weight, %,d bytes%n", size.layers(), size.bitsAWeight(),
                size.bytes());
    }
}
