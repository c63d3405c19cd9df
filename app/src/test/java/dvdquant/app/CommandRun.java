package dvdquant.app;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command line did. */
public record CommandRun(int exit, String out, String err) {
    public static CommandRun of(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
        return new CommandRun(exit, out.toString(), err.toString());
    }
}
