package dvdquant.app.bench;

import dvdquant.models.wan.WanArchitecture.Wan21;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.Arrays;

/** What {@code --like} takes. */
public final class LikeConverter implements ITypeConverter<Wan21> {
    /** For the completion script and the help. */
    public static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Arrays.stream(Wan21.values()).map(Wan21::toString).toList());
        }
    }

    @Override
    public Wan21 convert(String name) {
        return Arrays.stream(Wan21.values()).filter(model -> model.toString().equals(name)).findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + name + "' is unknown, expected " + String.join(" or ", new Names())));
    }
}
