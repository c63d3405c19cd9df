package dvdquant.app.cli;

import dvdquant.app.Main;

import java.io.PrintWriter;
import java.io.StringWriter;

/** What a command line did. */
record CommandRun(int exit, String out, String err) {
    static CommandRun of(String... arguments) {
        var out = new StringWriter();
        var err = new StringWriter();
        int exit = Main.run(arguments, new PrintWriter(out, true), new PrintWriter(err, true));
        return new CommandRun(exit, out.toString(), err.toString());
    }
}
