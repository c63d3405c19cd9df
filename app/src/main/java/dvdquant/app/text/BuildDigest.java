package dvdquant.app.text;

import dvdquant.core.InputException;
import dvdquant.core.io.Folders;
import dvdquant.core.io.Reasons;
import dvdquant.core.io.Sha256;
import dvdquant.cuda.CudaDevice;
import dvdquant.evaluate.plan.Plan;
import dvdquant.measure.Timing;
import dvdquant.models.Pipelines;
import dvdquant.tensor.Tensor;
import dvdquant.video.VideoWriter;

import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.zip.CRC32;
import java.util.zip.ZipFile;

/** Tells builds apart by what stands in their classes and resources, wherever they lie and whenever they were made. */
final class BuildDigest {
    private static final int BYTES = 6;
    /** One of each module. */
    private static final List<Class<?>> MODULES = List.of(InputException.class, Tensor.class, CudaDevice.class,
            Pipelines.class, VideoWriter.class, Plan.class, Timing.class, BuildDigest.class);

    private BuildDigest() {}

    /** Of the modules of the program that runs. */
    static String ofRunning() {
        return of(MODULES.stream().map(BuildDigest::place).distinct().toList());
    }

    private static Path place(Class<?> type) {
        try {
            return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
        } catch (URISyntaxException e) {
            throw new IllegalStateException(e);
        }
    }

    /**
     * @param places jars, and folders of classes
     * @throws InputException if one cannot be read
     */
    static String of(List<Path> places) {
        MessageDigest digest = Sha256.begin();
        try {
            for (Path place : places) {
                List<String> entries = Files.isDirectory(place) ? ofFolder(place) : ofJar(place);
                entries.stream().sorted().forEach(entry -> digest.update(entry.getBytes(StandardCharsets.UTF_8)));
            }
            return HexFormat.of().formatHex(digest.digest(), 0, BYTES);
        } catch (IOException e) {
            throw new InputException("cannot read the program's classes: " + Reasons.of(e), e);
        }
    }

    private static List<String> ofJar(Path jar) throws IOException {
        try (var zip = new ZipFile(jar.toFile())) {
            return zip.stream().filter(entry -> !entry.isDirectory())
                    .map(entry -> line(entry.getName(), entry.getCrc())).toList();
        }
    }

    private static List<String> ofFolder(Path folder) throws IOException {
        var lines = new ArrayList<String>();
        for (Path file : Folders.walk(folder)) {
            if (!Files.isRegularFile(file)) continue;
            var crc = new CRC32();
            crc.update(Files.readAllBytes(file));
            lines.add(line(folder.relativize(file).toString(), crc.getValue()));
        }
        return lines;
    }

    /** As a jar's directory has it, so that jars need not be unpacked. */
    private static String line(String name, long crc) {
        return name + " " + crc + "\n";
    }
}
