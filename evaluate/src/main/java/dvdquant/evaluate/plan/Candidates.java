package dvdquant.evaluate.plan;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.LayerArithmetic;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.quantize.Method;
import dvdquant.core.quantize.Recipe;
import dvdquant.evaluate.report.Standing;
import dvdquant.models.Pipelines;
import dvdquant.models.pipeline.Acceleration;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

import static java.util.stream.Collectors.joining;

/** The rows of the paper's table: methods × bit-widths. */
public final class Candidates {
    private Candidates() {}

    /** @throws InputException if a name of the comma-separated list is no method, or is there twice; "all" are all */
    public static List<Method> methods(String list) {
        if (list.equals("all")) return List.of(Method.values());
        var methods = new ArrayList<Method>();
        for (String part : list.split(",", -1)) {
            Method method = Arrays.stream(Method.values()).filter(m -> m.label().equals(part.strip())).findFirst()
                    .orElseThrow(() -> new InputException("--methods " + list + ": '" + part
                            + "' is no method, expected all, or some of "
                            + Arrays.stream(Method.values()).map(Method::label).collect(joining(", "))));
            if (methods.contains(method)) throw new InputException("--methods " + list + ": " + part + " twice");
            methods.add(method);
        }
        return List.copyOf(methods);
    }

    /**
     * Every method at every bit-width, but for averages of bits, which are those of δ-GBS: DVD-Quant's alone.
     *
     * @throws InputException if none is left
     */
    public static List<Candidate> of(List<Method> methods, List<BitWidth> widths) {
        var candidates = new ArrayList<Candidate>();
        for (BitWidth width : widths) {
            methods.stream().filter(method -> !width.isAverage() || switches(method))
                    .forEach(method -> candidates.add(of(method, width)));
        }
        if (candidates.isEmpty()) {
            throw new InputException("--bits " + widths.stream().map(BitWidth::toString).collect(joining(","))
                    + ": only dvd-quant and dvd-quant-paper switch bits, expected one of them in --methods");
        }
        return List.copyOf(candidates);
    }

    public static Candidate of(Method method, BitWidth width) {
        Recipe recipe = method.recipe(width.weights());
        Acceleration by = Acceleration.defaults().withActivations(width.toActivations());
        String label = width + " " + method.label() + (width.isAverage() ? " δ-GBS" : "");
        return new Candidate(label, method.label(), width.toString(),
                standing(recipe.arithmetic(by.choice())), model(method.label(), recipe), by);
    }

    /**
     * A model that was quantized before.
     *
     * @param activations bits
     * @throws InputException if the model is not quantized
     */
    public static Candidate of(Path folder, int activations) {
        QuantizedFormat format = Pipelines.quantizedLayers(folder).keySet().stream()
                .flatMap(component -> QuantizedFormat.of(folder.resolve(component)).stream()).findFirst().orElseThrow(
                        () -> new InputException(
                                folder + ": this model is in full precision, expected a quantized one"));
        var width = new BitWidth(format.usual().weights().range().bits(), activations);
        Acceleration by = Acceleration.defaults().withActivations(width.toActivations());
        String name = folder.toAbsolutePath().normalize().getFileName().toString();
        String label = width + " " + name + (width.isAverage() ? " δ-GBS" : "");
        return new Candidate(label, name, width.toString(),
                standing(format.arithmetic(by.choice())), new ModelSource.Folder(folder), by);
    }

    static ModelSource model(String name, Recipe recipe) {
        return new ModelSource.Quantized((name + "-w" + recipe.weights().range().bits()).toLowerCase(Locale.ROOT),
                recipe);
    }

    /** Whether no integer product can run it. */
    public static Standing standing(LayerArithmetic arithmetic) {
        return arithmetic == LayerArithmetic.EMULATED ? Standing.EMULATED : Standing.GENUINE;
    }

    private static boolean switches(Method method) {
        return switch (method) {
            case DVD_QUANT, DVD_QUANT_PAPER -> true;
            case MINMAX, SMOOTHQUANT, QUAROT, VIDIT_Q, SVDQUANT -> false;
        };
    }
}
