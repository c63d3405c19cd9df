package dvdquant.app.compare;

import dvdquant.app.options.AccelerationOptions;
import dvdquant.app.options.FilePairs;
import dvdquant.app.options.Flags;
import dvdquant.app.options.ImageOptions;
import dvdquant.app.options.ModelOptions;
import dvdquant.app.options.RequestOptions;
import dvdquant.app.text.Version;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.evaluate.plan.Candidate;
import dvdquant.evaluate.plan.Candidates;
import dvdquant.evaluate.plan.ModelSource;
import dvdquant.evaluate.plan.PlannedModel;
import dvdquant.evaluate.report.Standing;
import dvdquant.evaluate.summary.Tables;
import dvdquant.models.Pipelines;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.Acceleration;
import dvdquant.models.pipeline.VideoPipeline;
import dvdquant.tensor.ComputeDevice;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** Two models, side by side. */
@Command(name = "compare", description = "Generate from the same noise with a model and with its quantized form, and report both side by side, with what was lost.")
public final class CompareCommand implements Callable<Integer> {
    @Mixin
    private ModelOptions model;

    @Parameters(index = "1", paramLabel = "QUANTIZED", description = "The model to hold against it: what quantize made of it; or itself, with --cache.")
    private Path quantized;

    @Option(names = {"-p", "--prompt"}, paramLabel = "TEXT", description = "What the clip shows.")
    private String prompt;

    @Option(names = "--prompts", paramLabel = "FILE", description = "UTF-8, a prompt a line, all from the same seed.")
    private Path prompts;

    @Mixin
    private RequestOptions request;

    @Mixin
    private AccelerationOptions acceleration;

    @Mixin
    private ReportOptions report;

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        Flags.requireOne("--prompt (-p)", prompt, "--prompts", prompts);
        List<GivenPrompt> given = request.images().readDistinct(prompt, prompts,
                Pipelines.family(model.folder())::cleaned);
        FilePairs reads = new FilePairs().reads("--prompts", prompts).reads("--init-latents",
                request.initialLatents().orElse(null));
        report.requireApart(ImageOptions.addTo(reads, given), spec.commandLine().getErr());
        try (ComputeDevice device = model.openDevice()) {
            compare(given, device);
        }
        return 0;
    }

    private void compare(List<GivenPrompt> given, ComputeDevice device) {
        PlannedModel planned = PlannedModel.open(model.folder(), model.loadOptions(device), given, request::toRequest);
        Candidate candidate;
        var notes = new ArrayList<>(planned.notes());
        request.note(planned.request()).ifPresent(notes::add);
        try (VideoPipeline pipeline = Pipelines.open(quantized, planned.load())) {
            candidate = candidate(pipeline, planned);
            acceleration.note(pipeline).ifPresent(notes::add);
        }
        var run = new ReportRun(report, ReportRun.shippedJudge(), false, given.size(), false, spec);
        run.run(planned.plan(Version.CURRENT.program(), planned.samples(given, 1, request.seed()), List.of(candidate)),
                List.of(),
                "Two models side by side", Tables.NONE, notes);
    }

    private Candidate candidate(VideoPipeline pipeline, PlannedModel planned) {
        Acceleration by = acceleration.toAcceleration(pipeline);
        planned.requireOf(pipeline, by);
        var source = new ModelSource.Folder(quantized);
        return pipeline.quantization().map(format -> candidate(format, by, source))
                .orElseGet(() -> new Candidate(by.cache().isPresent() ? "with TeaCache" : "candidate", "", "",
                        Standing.GENUINE, source, by));
    }

    private static Candidate candidate(QuantizedFormat format, Acceleration by, ModelSource source) {
        String bits = "W" + format.weightBits() + by.activations().label();
        return new Candidate(bits + " " + format.method() + (by.cache().isPresent() ? ", TeaCache" : ""),
                format.method(), bits, Candidates.standing(format.arithmetic(by.choice())), source, by);
    }
}
