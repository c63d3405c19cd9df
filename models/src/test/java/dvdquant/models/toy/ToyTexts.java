package dvdquant.models.toy;

import dvdquant.core.checkpoint.TensorLayout;
import dvdquant.core.format.ElementType;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.models.diffusion.TokenizedTexts;
import dvdquant.models.pipeline.Conditioning;
import dvdquant.models.pipeline.ConditioningTensor;
import dvdquant.models.prompts.EncoderPrecision;
import dvdquant.models.weights.WeightLoader;
import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.Kernels;
import dvdquant.tensor.Tensor;
import dvdquant.tensor.TensorScope;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** A token a letter, a row of a table each: as they are by the first encoder, their mean by the second. */
record ToyTexts(Path model, List<String> texts) implements TokenizedTexts {
    static final String LETTERS = "letters";
    static final String POOLED = "pooled";
    static final TensorLayout LAYOUT = new TensorLayout().tensor("letters.weight", 128, ToyTransformer.WIDTH);

    @Override
    public List<Conditioning> encode(TensorSource.Opener sources, EncoderPrecision precision, ComputeDevice device,
            LayerListener listener) {
        int encoders = ToyFamily.TEXT_ENCODERS.size();
        listener.afterLayer(0, encoders);
        List<ConditioningTensor> letters = run(0, sources, device.kernels());
        listener.afterLayer(1, encoders);
        List<ConditioningTensor> pooled = run(1, sources, device.kernels());
        listener.afterLayer(2, encoders);
        var results = new ArrayList<Conditioning>();
        for (int i = 0; i < texts.size(); i++) {
            results.add(new Conditioning(Map.of(LETTERS, letters.get(i), POOLED, pooled.get(i))));
        }
        return results;
    }

    private List<ConditioningTensor> run(int encoder, TensorSource.Opener sources, Kernels kernels) {
        try (var weights = WeightLoader.open(model.resolve(ToyFamily.TEXT_ENCODERS.get(encoder)), LAYOUT, sources);
                var _ = TensorScope.open()) {
            Tensor table = weights.get("letters.weight", ElementType.F32, kernels.device());
            return texts.stream().map(text -> {
                long[] ids = ("^" + text).chars().mapToLong(letter -> letter % 128).toArray();
                Tensor rows = table.indexSelect(0, Tensor.ofLongs(ids, ids.length).to(kernels.device()));
                Tensor states = encoder == 0 ? rows : rows.mean(0, true);
                return ConditioningTensor.of(states);
            }).toList();
        }
    }
}
