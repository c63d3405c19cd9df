import java.nio.file.Files;
import java.nio.file.Path;

/** Writes down which java runs this, the one that the build's toolchain resolved, for the launcher to use. */
public class RecordJava {
    public static void main(String[] args) throws Exception {
        Files.writeString(Path.of(args[0]), ProcessHandle.current().info().command().orElseThrow() + "\n");
    }
}
