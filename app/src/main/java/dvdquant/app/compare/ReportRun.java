package dvdquant.app.compare;

import dvdquant.app.options.ProgramFolder;
import dvdquant.app.text.Manifest;
import dvdquant.app.text.ShellWords;
import dvdquant.core.InputException;
import dvdquant.evaluate.CandidateModels;
import dvdquant.evaluate.Evaluation;
import dvdquant.evaluate.ModelMaker;
import dvdquant.evaluate.Results;
import dvdquant.evaluate.Scorer;
import dvdquant.evaluate.judge.Judge;
import dvdquant.evaluate.plan.Plan;
import dvdquant.evaluate.plan.Sample;
import dvdquant.evaluate.report.Heading;
import dvdquant.evaluate.report.Report;
import dvdquant.evaluate.report.page.ReportWriter;
import dvdquant.evaluate.store.ResultStore;
import dvdquant.evaluate.summary.ReportHeading;
import dvdquant.evaluate.summary.ResultReport;
import dvdquant.evaluate.summary.Tables;
import dvdquant.models.given.GivenPrompt;
import dvdquant.models.pipeline.ClipSize;
import picocli.CommandLine.Model.CommandSpec;

import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What compare, evaluate and demo have in common: runs a plan in a report's folder, writes the report, prints its tables.
 *
 * @param judge asked about clips whose prompts it can read, if it knows clips of their size
 * @param strict whether a prompt that it cannot read, or a size that it does not know, is an error
 * @param shown prompts whose clips the page shows
 * @param keepModels whether models that are made for it stay
 */
record ReportRun(ReportOptions options, Optional<Path> judge, boolean strict, int shown, boolean keepModels,
        CommandSpec spec) {
    /** The judge that ships with the program, if it is there. */
    static Optional<Path> shippedJudge() {
        return Optional.of(ProgramFolder.resolve("demo/judge"))
                .filter(Files::isDirectory);
    }

    /**
     * @param calibrationPrompts for the models that are made, if one needs them
     * @param notes said before the first clip
     */
    Results run(Plan plan, List<GivenPrompt> calibrationPrompts, String title, Tables tables, List<String> notes) {
        List<String> prompts = plan.samples().stream().map(Sample::prompt).distinct().toList();
        try (var scorer = Scorer.open(judgeOf(plan.sizes()), options.lpips(), prompts, strict);
                var store = ResultStore.open(options.output);
                var progress = new EvaluationProgress(spec.commandLine().getErr(), options.quiet)) {
            notes.forEach(progress::say);
            var maker = new ModelMaker(plan, calibrationPrompts);
            var models = new CandidateModels(plan, store, maker, options.output.resolve("models"), keepModels);
            Results results = new Evaluation(plan, store, models, scorer, progress).run();
            Heading heading = ReportHeading.of(title, results, new Manifest().asTexts(),
                    "dvdquant " + ShellWords.of(spec.commandLine().getParseResult().originalArgs()));
            Report report = new ResultReport(results, scorer.captions(), shown).of(heading, tables);
            show(report, ReportWriter.write(report, options.output));
            return results;
        }
    }

    /** The judge, if it knows clips of those sizes. */
    private Optional<Path> judgeOf(List<ClipSize> sizes) {
        Optional<ClipSize> unknown = sizes.stream()
                .filter(size -> !Judge.knows(size.frames(), size.height(), size.width())).findFirst();
        if (judge.isEmpty() || unknown.isEmpty()) return judge;
        if (!strict) return Optional.empty();
        throw new InputException("--judge: it knows clips of 17 frames of 128×128 only, these are of " + unknown.get());
    }

    private void show(Report report, Path page) {
        PrintWriter out = spec.commandLine().getOut();
        ResultPrinter.printVariants(report, out);
        report.tables().forEach(table -> ResultPrinter.print(table, out));
        out.println();
        out.println("the report is in " + page);
        if (options.open) Browser.open(page).ifPresent(spec.commandLine().getErr()::println);
    }
}
