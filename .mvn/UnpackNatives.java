import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;

/**
 * Unpacks the native libraries out of the jars beside the program, as JavaCPP and DJL would do at its first run, in the home of whoever runs
 * it. JavaCPP takes a library that lies in a folder of the class path as it is. Arguments: the folder of the jars, that of the natives.
 */
public class UnpackNatives {
    /** JavaCPP's, and the one of the tokenizers. */
    private static final List<String> PLACES = List.of("org/bytedeco/", "native/lib/linux-x86_64/cpu/");
    private static final Path OPENBLAS = Path.of("org/bytedeco/openblas/linux-x86_64");

    public static void main(String[] args) throws Exception {
        Path natives = Path.of(args[1]);
        try (var jars = Files.newDirectoryStream(Path.of(args[0]), "{*-linux-x86_64*,tokenizers-*}.jar")) {
            for (Path jar : jars) {
                unpack(jar, natives);
            }
        }
        // By this name libtorch's jar asks for the libraries of OpenBLAS; JavaCPP would make links in its cache.
        for (String link : List.of("libopenblas_nolapack.so", "libopenblas_nolapack.so.0")) {
            Path path = natives.resolve(OPENBLAS).resolve(link);
            if (Files.isDirectory(path.getParent()) && !Files.exists(path)) {
                Files.createSymbolicLink(path, Path.of("libopenblas.so.0"));
            }
        }
    }

    private static void unpack(Path jar, Path natives) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            for (ZipEntry entry : (Iterable<ZipEntry>) zip.stream().<ZipEntry>map(e -> e).filter(UnpackNatives::isLibrary)::iterator) {
                Path target = natives.resolve(entry.getName());
                if (Files.exists(target) && Files.size(target) == entry.getSize()
                        && Files.getLastModifiedTime(target).compareTo(Files.getLastModifiedTime(jar)) >= 0) {
                    continue;
                }
                Files.createDirectories(target.getParent());
                Path part = target.resolveSibling(target.getFileName() + ".part");
                Files.deleteIfExists(part);
                Files.copy(zip.getInputStream(entry), part); // a full disk ends the build here, and leaves no half of a library
                Files.move(part, target, StandardCopyOption.REPLACE_EXISTING);
            }
        }
    }

    private static boolean isLibrary(ZipEntry entry) {
        return entry.getName().contains(".so") && PLACES.stream().anyMatch(entry.getName()::startsWith);
    }
}
