package dvdquant.cuda.driver;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SequencedMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A family of kernels for a shape and format: a source file and the macros that it is compiled with.
 *
 * @param file among the resources of the package {@code dvdquant.cuda}, such as {@code quantize.cu}
 * @param macros name and value, in any order
 */
public record KernelSource(String file, Map<String, String> macros) {
    private static final String FOLDER = "/dvdquant/cuda/";
    private static final Pattern INCLUDE = Pattern.compile("^#include \"(\\w+\\.cuh)\"", Pattern.MULTILINE);

    public KernelSource(String file) {
        this(file, Map.of());
    }

    /** The same with one more macro. */
    public KernelSource with(String macro, Object value) {
        var more = new LinkedHashMap<>(macros);
        more.put(macro, value.toString());
        return new KernelSource(file, Map.copyOf(more));
    }

    /** As the compiler takes them, sorted: {@code -DCHANNELS=5120}. */
    List<String> options() {
        return macros.entrySet().stream().sorted(Map.Entry.comparingByKey())
                .map(macro -> "-D" + macro.getKey() + "=" + macro.getValue()).toList();
    }

    String text() {
        return read(file);
    }

    /** The files of ours that it includes, directly or not, by name. */
    SequencedMap<String, String> headers() {
        var headers = new LinkedHashMap<String, String>();
        collect(text(), headers);
        return headers;
    }

    private static void collect(String text, Map<String, String> headers) {
        Matcher include = INCLUDE.matcher(text);
        while (include.find()) {
            String name = include.group(1);
            if (headers.containsKey(name)) continue;
            String header = read(name);
            headers.put(name, header);
            collect(header, headers);
        }
    }

    private static String read(String name) {
        try (InputStream resource = KernelSource.class.getResourceAsStream(FOLDER + name)) {
            if (resource == null) throw new IllegalStateException("no kernel source " + name);
            return new String(resource.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** For messages: {@code quantize.cu -DBLOCK=128}. */
    @Override
    public String toString() {
        return String.join(" ", file, String.join(" ", options())).strip();
    }
}
