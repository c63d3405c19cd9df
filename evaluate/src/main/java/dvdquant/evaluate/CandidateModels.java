package dvdquant.evaluate;

import dvdquant.core.InputException;
import dvdquant.core.contents.Fingerprint;
import dvdquant.core.io.Reasons;
import dvdquant.evaluate.plan.ModelSource;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.store.ModelFigures;
import dvdquant.evaluate.store.ResultStore;
import dvdquant.models.Pipelines;
import dvdquant.models.diffusion.InputFiles;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;

/** The models of a plan's candidates: made where they are not there yet, once each, and removed afterwards unless they are kept. */
public final class CandidateModels {
    private final Plan plan;
    private final ResultStore store;
    private final ModelMaker maker;
    private final Path folder;
    private final boolean keeps;
    private final Fingerprint original;
    private final Map<ModelSource, Fingerprint> fingerprints = new HashMap<>();

    /**
     * @param maker of those that are quantized here
     * @param folder for those that are made
     * @param keeps whether they stay there
     */
    public CandidateModels(Plan plan, ResultStore store, ModelMaker maker, Path folder, boolean keeps) {
        this.plan = plan;
        this.store = store;
        this.maker = maker;
        this.folder = folder;
        this.keeps = keeps;
        this.original = Fingerprint.of("program", plan.program()).with(contents("model", plan.model()));
    }

    private static Fingerprint contents(String name, Path model) {
        return Fingerprint.ofFiles(name, model, InputFiles.of(model, Pipelines.family(model)));
    }

    /** What a model, and with it all it makes, depends on. */
    Fingerprint fingerprint(ModelSource model) {
        return fingerprints.computeIfAbsent(model, source -> switch (source) {
            case ModelSource.Original _ -> original;
            case ModelSource.Folder(Path path) -> original.with(contents("candidate", path));
            case ModelSource.Quantized(String _, var recipe) -> original.with(maker.fingerprint(recipe));
        });
    }

    boolean hasFigures(ModelSource model) {
        return store.model(fingerprint(model)).read().isPresent();
    }

    ModelFigures figures(ModelSource model) {
        return store.model(fingerprint(model)).read()
                .orElseThrow(() -> new IllegalStateException("the figures of " + model + " are not there"));
    }

    /** The model's folder; made, if it is not there. Its figures are kept from then on. */
    Path make(ModelSource model, EvaluationListener listener) {
        return switch (model) {
            case ModelSource.Original _ -> measured(model, plan.model());
            case ModelSource.Folder(Path path) -> measured(model, path);
            case ModelSource.Quantized quantized -> {
                Path made = place(quantized);
                if (!Files.isDirectory(made)) {
                    listener.onModel("making the model " + quantized.name());
                    store.model(fingerprint(model)).keep(maker.make(quantized.recipe(), made, listener));
                }
                yield hasFigures(model) ? made : measured(model, made);
            }
        };
    }

    private Path measured(ModelSource model, Path path) {
        if (!hasFigures(model)) store.model(fingerprint(model)).keep(WeightFigures.of(plan.model(), path));
        return path;
    }

    /** Named after what it depends on too, so that one of other settings is not taken for it. */
    private Path place(ModelSource.Quantized model) {
        return folder.resolve(model.name() + "-" + fingerprint(model).key().substring(0, 8));
    }

    /** Removes a model that was made, unless it is to be kept. */
    void release(ModelSource model) {
        if (keeps || !(model instanceof ModelSource.Quantized quantized)) return;
        Path made = place(quantized);
        try (var files = Files.walk(made)) { // links are not followed: they are removed, and not what they lead to
            files.sorted(Comparator.reverseOrder()).forEach(CandidateModels::delete);
            Files.deleteIfExists(folder); // if it is empty
        } catch (DirectoryNotEmptyException _) {
            // other models are still in it
        } catch (IOException | UncheckedIOException e) {
            IOException cause = e instanceof IOException io ? io : ((UncheckedIOException) e).getCause();
            throw new InputException("cannot remove " + made + ": " + Reasons.of(cause), e);
        }
    }

    private static void delete(Path file) {
        try {
            Files.delete(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
