package dvdquant.evaluate.report.page;

import dvdquant.core.checkpoint.SchemeText;
import dvdquant.evaluate.report.Fact;
import dvdquant.evaluate.report.Heading;
import dvdquant.models.survey.ActivationSurvey;
import dvdquant.models.survey.LayerActivations;

import java.util.List;
import java.util.Locale;

/** What stands above what layers read: the most extreme of them, and how they were looked at. */
final class ActivationHeading {
    private ActivationHeading() {}

    static Heading of(ActivationSurvey.Request request, ActivationSurvey survey, String command) {
        LayerActivations worst = survey.mostExtremeFirst().getFirst();
        String found = String.format(Locale.ROOT,
                "In block %d, %s, the largest channel is %.1f times the median one, and %.1f times when %s.",
                worst.block(), worst.kind(), worst.asIs().outlierRatio(), worst.rotated().outlierRatio(),
                SchemeText.rotation(request.rotation()));
        var facts = List.of(new Fact("Model", request.model().toString()),
                new Fact("Prompts", String.valueOf(request.prompts().size())),
                new Fact("Steps", String.valueOf(survey.sampled().sampling().steps())),
                new Fact("Guidance", survey.sampled().sampling().guidance().text()),
                new Fact("Clip", survey.sampled().size().toString()),
                new Fact("Seed", String.valueOf(request.seed())));
        return new Heading("What the layers of " + request.model().getFileName() + " read", found, facts,
                List.of(command), List.of());
    }
}
