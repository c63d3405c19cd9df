package dvdquant.app.compare;

import dvdquant.app.options.FilePairs;
import dvdquant.app.options.ImageOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.options.RequestOptions;
import dvdquant.app.text.Version;
import dvdquant.core.InputException;
import dvdquant.evaluate.Results;
import dvdquant.evaluate.VbenchExport;
import dvdquant.evaluate.plan.Ablation;
import dvdquant.evaluate.plan.BitWidth;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Candidates;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.PlannedModel;
import dvdquant.evaluate.plan.Schedules;
import dvdquant.evaluate.summary.Tables;
import dvdquant.models.Pipelines;
import dvdquant.models.given.GivenPrompt;
import dvdquant.tensor.ComputeDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;

/** The paper's table. */
@Command(name = "evaluate", description = "Quantize a model by several methods, generate the same prompts from the same noise with each, and report what was lost: methods x bit-widths x metrics. A run that was stopped goes on where it was.")
public final class EvaluateCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Option(names = "--methods", paramLabel = "all|NAME,…", description = "Methods: minmax, smoothquant, quarot, vidit-q, svdquant, dvd-quant-paper, dvd-quant (default: all; none with --models, --ablation or --schedules).")
    private String methods;

    @Option(names = "--models", split = ",", paramLabel = "DIR,…", description = "Quantized models to compare too, as rows named after their folders, with the activations of --bits.")
    private List<Path> models = List.of();

    @Option(names = "--bits", paramLabel = "wWaA,…", defaultValue = "w8a8,w4a8,w4a6,w4a4", description = "Bits of weights and activations (default: w8a8,w4a8,w4a6,w4a4). a5 to a7 are averages of bits that switch over the steps, which of the methods only dvd-quant and dvd-quant-paper do.")
    private String bits;

    @Option(names = "--ablation", description = "Add the paper's 2x2 at W4A4 and W4A6: dvd-quant without BGR (grids from min and max), without ARQ (no rotation, one scale a token), without both.")
    private boolean ablation;

    @Option(names = "--schedules", description = "Add dvd-quant at W4A6 by schedules that are fixed beforehand (first-high, last-high, both-ends, alternate), beside delta-guided switching.")
    private boolean schedules;

    @Option(names = "--prompts", paramLabel = "FILE", required = true, description = "UTF-8, a prompt a line.")
    private Path prompts;

    @Option(names = "--samples", paramLabel = "N", defaultValue = "1", description = "Clips of each prompt, from --seed, the seed after it, … (default: 1; VBench: 5).")
    private int samples;

    @Option(names = "--calibration-prompts", paramLabel = "FILE", description = "A prompt a line, for the methods that need to see activations: smoothquant, vidit-q, svdquant.")
    private Path calibrationPrompts;

    @Option(names = "--judge", description = "Have the judge of the demo world say whether the clips show what the prompts say.")
    private boolean judge;

    @Option(names = "--export-vbench", paramLabel = "DIR", description = "Copy the clips to DIR/ROW/PROMPT-N.mp4, as VBench expects them.")
    private Path vbench;

    @Option(names = "--show", paramLabel = "N", defaultValue = "4", description = "Prompts whose clips the report shows (default: 4).")
    private int shown;

    @Option(names = "--keep-models", description = "Keep the quantized models in the report's folder.")
    private boolean keepModels;

    @Mixin
    private RequestOptions request;

    @Mixin
    private ReportOptions report;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (samples < 1) throw new InputException("--samples " + samples + ", expected 1 or more");
        if (samples > 1 && request.initialLatents().isPresent()) {
            throw new InputException("--samples " + samples + " and --init-latents: expected one of them, "
                    + "since all clips of a prompt would begin with the same noise");
        }
        if (shown < 0) throw new InputException("--show " + shown + ", expected 0 or more");
        List<GivenPrompt> given = request.images().readDistinct(null, prompts,
                Pipelines.family(model.folder())::cleaned);
        List<GivenPrompt> calibration = calibrationPrompts == null
                ? List.of()
                : request.images().read(null, calibrationPrompts);
        FilePairs reads = new FilePairs().reads("--prompts", prompts)
                .reads("--calibration-prompts", calibrationPrompts)
                .reads("--init-latents", request.initialLatents().orElse(null));
        ImageOptions.addTo(reads, calibration);
        report.requireApart(ImageOptions.addTo(reads, given), spec.commandLine().getErr());
        Tables tables = tables();
        try (ComputeDevice device = model.openDevice()) {
            evaluate(given, calibration, tables, device);
        }
        return 0;
    }

    private void evaluate(List<GivenPrompt> given, List<GivenPrompt> calibration, Tables tables,
            ComputeDevice device) {
        PlannedModel planned = PlannedModel.open(model.folder(), model.loadOptions(device), given,
                (pipeline, prompt) -> {
                    calibration.forEach(other -> other.images().check(pipeline.images()));
                    return request.toRequest(pipeline, prompt);
                });
        Plan plan = planned.plan(Version.CURRENT.program(), planned.samples(given, samples, request.seed()),
                candidates(tables));
        if (vbench != null) VbenchExport.check(plan.samples(), plan.candidates(), vbench);
        var run = new ReportRun(report, judgeFolder(), judge, shown, keepModels, spec);
        var notes = new ArrayList<>(planned.notes());
        request.note(planned.request()).ifPresent(notes::add);
        Results results = run.run(plan, calibration, "Methods and bit-widths", tables, notes);
        if (vbench != null) {
            VbenchExport.write(results, vbench);
            spec.commandLine().getOut().println("clips for VBench are in " + vbench);
        }
    }

    private Tables tables() {
        return new Tables(ablation ? Optional.of(Ablation.ofPaper()) : Optional.empty(),
                schedules ? Schedules.candidates() : List.of());
    }

    /** What two tables share, as dvd-quant at W4A6, runs once. */
    private List<Candidate> candidates(Tables tables) {
        var candidates = new LinkedHashSet<Candidate>();
        List<BitWidth> widths = BitWidth.parse(bits);
        if (methods != null || !ablation && !schedules && models.isEmpty()) {
            candidates.addAll(Candidates.of(Candidates.methods(methods == null ? "all" : methods), widths));
        }
        widths.stream().map(BitWidth::activations).distinct()
                .forEach(activations -> models.forEach(folder -> candidates.add(Candidates.of(folder, activations))));
        tables.ablation().ifPresent(of -> of.cells().forEach(cell -> candidates.add(cell.candidate())));
        candidates.addAll(tables.schedules());
        requireUniqueLabels(candidates);
        requireCalibration(candidates);
        return List.copyOf(candidates);
    }

    private static void requireUniqueLabels(Collection<Candidate> candidates) {
        var labels = new HashSet<String>();
        for (Candidate candidate : candidates) {
            if (!labels.add(candidate.label())) {
                throw new InputException("--models: there would be two rows '" + candidate.label()
                        + "', expected folders with names of their own");
            }
        }
    }

    private void requireCalibration(LinkedHashSet<Candidate> candidates) {
        if (calibrationPrompts != null) return;
        candidates.stream().filter(Candidate::needsCalibration).findFirst().ifPresent(candidate -> {
            throw new InputException(candidate.method()
                    + " needs to see activations, expected --calibration-prompts FILE with a few prompts");
        });
    }

    private Optional<Path> judgeFolder() {
        if (!judge) return Optional.empty();
        return Optional.of(ReportRun.shippedJudge().orElseThrow(() -> new InputException(
                "--judge: there is no demo/judge, expected to be run by the dvdquant script of a checkout")));
    }
}
