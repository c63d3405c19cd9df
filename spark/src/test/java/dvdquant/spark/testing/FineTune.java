package dvdquant.spark.testing;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;

/** The demo model with other weights, as a fine-tune would be; what is the same is linked. */
public final class FineTune {
    public static final Path DEMO = Path.of(System.getProperty("project.root")).resolve("demo/tiny-wan")
            .toAbsolutePath();
    private static final String WEIGHTS = "diffusion_pytorch_model.safetensors";
    private static final byte[] NAN = {(byte) 0xC0, 0x7F};

    private FineTune() {}

    /** @return where the weights lie */
    public static Path of(Path folder, int number) throws IOException {
        Files.createDirectories(folder.resolve("transformer"));
        for (String same : new String[]{"model_index.json", "scheduler", "text_encoder", "tokenizer", "vae",
                "transformer/config.json"}) {
            Files.createSymbolicLink(folder.resolve(same), DEMO.resolve(same));
        }
        byte[] bytes = Files.readAllBytes(DEMO.resolve("transformer").resolve(WEIGHTS));
        for (int i = bytes.length / 2 * 2 - 2; i > bytes.length / 2; i -= 64) {
            bytes[i] ^= (byte) number; // the last bits of BF16
        }
        return Files.write(folder.resolve("transformer").resolve(WEIGHTS), bytes);
    }

    /** Its file is cut short. */
    public static void truncated(Path folder) throws IOException {
        try (var file = new RandomAccessFile(of(folder, 1).toFile(), "rw")) {
            file.setLength(file.length() - 1000);
        }
    }

    /** A weight in the last tensors is NaN. */
    public static void withNan(Path folder) throws IOException {
        try (var file = new RandomAccessFile(of(folder, 1).toFile(), "rw")) {
            file.seek(file.length() - 2);
            file.write(NAN);
        }
    }
}
