package dvdquant.models.wan;

import dvdquant.core.json.JsonFile;
import dvdquant.models.pipeline.GenerationDefaults;
import dvdquant.models.pipeline.Guidance;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.OptionalDouble;

/**
 * What clips of the published models are like by their authors' programs; those of 14 billion weights at the smaller of two sizes.
 *
 * @see <a href="https://github.com/Wan-Video/Wan2.2/tree/main/wan/configs">Wan2.2, configs</a>
 */
final class WanDefaults {
    private WanDefaults() {}

    /** @param images whether clips are made of pictures */
    static GenerationDefaults of(Path model, boolean images) {
        if (JsonFile.read(model.resolve("model_index.json")).flag("expand_timesteps", false)) { // TI2V-5B
            return new GenerationDefaults(121, 704, 1280, 50, Guidance.of(5), 24, OptionalDouble.of(5));
        }
        if (WanFamily.SECOND.isIn(model)) { // A14B
            return images ? of480p(40, Guidance.of(3.5), 5) : of480p(40, Guidance.of(4).withSecond(3), 12);
        }
        if (!images) return of480p(50, Guidance.of(5), 5);
        return takesLastImage(model) ? of480p(50, Guidance.of(5), 16) : of480p(40, Guidance.of(5), 3);
    }

    private static boolean takesLastImage(Path model) {
        Path config = model.resolve(WanModel.TRANSFORMER).resolve("config.json");
        return Files.exists(config) && JsonFile.read(config).has("pos_embed_seq_len");
    }

    private static GenerationDefaults of480p(int steps, Guidance guidance, double flowShift) {
        return new GenerationDefaults(81, 480, 832, steps, guidance, 16, OptionalDouble.of(flowShift));
    }
}
