package dvdquant.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.UnaryOperator;

/** A copy of a demo model, by links, in which single files are replaced by broken ones. */
public final class BrokenModel {
    private static final Path DEMOS = Path.of(System.getProperty("project.root")).toAbsolutePath().resolve("demo");
    public static final String TRANSFORMER = "transformer/diffusion_pytorch_model.safetensors";
    static final String TEXT_ENCODER = "text_encoder/model.safetensors";
    static final String VAE = "vae/diffusion_pytorch_model.safetensors";

    private final Path demo;
    private final Path folder;

    /** Of Wan. */
    public BrokenModel(Path folder) throws IOException {
        this(folder, "tiny-wan");
    }

    /** @param name of the demo model */
    public BrokenModel(Path folder, String name) throws IOException {
        this.demo = DEMOS.resolve(name);
        this.folder = Files.createDirectories(folder);
        try (var files = Files.walk(demo)) {
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                Path copy = folder.resolve(demo.relativize(file));
                Files.createDirectories(copy.getParent());
                Files.createSymbolicLink(copy, file);
            }
        }
    }

    public Path folder() {
        return folder;
    }

    public void delete(String file) throws IOException {
        Files.delete(folder.resolve(file));
    }

    void write(String file, byte[] bytes) throws IOException {
        Files.deleteIfExists(folder.resolve(file));
        Files.write(folder.resolve(file), bytes);
    }

    void editText(String file, UnaryOperator<String> edit) throws IOException {
        String text = Files.readString(demo.resolve(file));
        String edited = edit.apply(text);
        if (edited.equals(text)) throw new IllegalStateException("the edit changes nothing of " + file);
        write(file, edited.getBytes(StandardCharsets.UTF_8));
    }

    void truncate(String file, int bytes) throws IOException {
        byte[] whole = Files.readAllBytes(demo.resolve(file));
        write(file, Arrays.copyOf(whole, whole.length - bytes));
    }

    void headerLength(String file, long length) throws IOException {
        byte[] whole = Files.readAllBytes(demo.resolve(file));
        ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
        write(file, whole);
    }

    /** Edits the header; its length may change, the data stays. */
    void editHeader(String file, UnaryOperator<String> edit) throws IOException {
        byte[] whole = Files.readAllBytes(demo.resolve(file));
        int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String header = new String(whole, 8, length, StandardCharsets.UTF_8);
        String edited = edit.apply(header);
        if (edited.equals(header)) throw new IllegalStateException("the edit changes nothing of the header");
        byte[] text = edited.getBytes(StandardCharsets.UTF_8);
        var result = ByteBuffer.allocate(8 + text.length + whole.length - 8 - length).order(ByteOrder.LITTLE_ENDIAN);
        result.putLong(text.length).put(text).put(whole, 8 + length, whole.length - 8 - length);
        write(file, result.array());
    }

    /** Overwrites the first bytes of a tensor's data. */
    public void patch(String file, String tensor, byte... bytes) throws IOException {
        byte[] whole = Files.readAllBytes(demo.resolve(file));
        int length = (int) ByteBuffer.wrap(whole).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
        String header = new String(whole, 8, length, StandardCharsets.UTF_8);
        int at = header.indexOf("data_offsets", header.indexOf("\"" + tensor + "\""));
        long begin = Long
                .parseLong(header.substring(header.indexOf('[', at) + 1, header.indexOf(',', at + 14)).strip());
        System.arraycopy(bytes, 0, whole, 8 + length + (int) begin, bytes.length);
        write(file, whole);
    }
}
