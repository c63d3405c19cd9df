package dvdquant.app.inspect;

import dvdquant.core.InputException;
import dvdquant.models.survey.Inspection;
import dvdquant.models.survey.InspectionJson;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;

/** What is in a checkpoint; beside it, what quantizing it costs, and what its layers read. */
@Command(name = "inspect", description = "Show what is in a model folder, the folder of one component, or a .safetensors file; or measure the errors of quantized weights, or draw what layers read.", subcommands = {
        InspectErrorsCommand.class, InspectActivationsCommand.class})
public final class InspectCommand implements Callable<Integer> {
    @Parameters(index = "0", arity = "0..1", paramLabel = "PATH", description = "A model folder, a component's folder, or a .safetensors file.")
    private Path path;

    @Option(names = "--tensors", description = "List every tensor: dtype, shape, bytes, name.")
    private boolean tensors;

    @Option(names = "--layers", description = "List every layer that is quantized, instead of every kind of layer.")
    private boolean layers;

    @Option(names = "--json", description = "Print JSON instead.")
    private boolean json;

    @Unmatched
    private List<String> others = new ArrayList<>();

    @Spec
    private CommandSpec spec;

    @Override
    public Integer call() {
        if (!others.isEmpty()) throw unknown();
        if (path == null) throw new InputException("Missing required parameter: 'PATH'");
        PrintWriter out = spec.commandLine().getOut();
        Inspection inspection = Inspection.of(path);
        if (json) {
            out.println(InspectionJson.of(inspection, tensors));
        } else {
            InspectionText.print(inspection, tensors, layers, out);
        }
        return 0;
    }

    /** What was a flag once is a command. */
    private InputException unknown() {
        for (String flag : List.of("--against", "--errors", "--activations")) {
            if (!others.contains(flag)) continue;
            String command = flag.equals("--activations") ? "activations" : "errors";
            return new InputException("inspect " + flag + ": expected inspect " + command + " PATH"
                    + (flag.equals("--against") ? " --against MODEL" : ""));
        }
        String first = others.getFirst();
        return new InputException(
                (first.startsWith("-") ? "Unknown option: '" : "Unmatched argument: '") + first + "'");
    }
}
