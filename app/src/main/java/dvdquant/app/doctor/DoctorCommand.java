package dvdquant.app.doctor;

import dvdquant.app.doctor.Finding.Level;
import dvdquant.app.options.ProgramFolder;
import dvdquant.app.text.Version;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;

/** What of this machine can be used. */
@Command(name = "doctor", description = "Show what of this machine can be used, and what is missing. Exit code 1 if something needed is missing.")
public final class DoctorCommand implements Callable<Integer> {
    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        var out = spec.commandLine().getOut();
        Version version = Version.CURRENT;
        out.println("dvdquant " + version.version() + " (commit " + version.commit() + ")");
        List<Finding> findings = Checkup.run(version.libtorch(), version.onednn(), System.getenv(),
                ProgramFolder.resolve(""));
        findings.forEach(finding -> out.printf("%-9s %-21s %s%n",
                "[" + finding.level().name().toLowerCase(Locale.ROOT) + "]", finding.subject(), finding.text()));
        return findings.stream().anyMatch(finding -> finding.level() == Level.MISSING) ? 1 : 0;
    }
}
