package dvdquant.app.bench;

import dvdquant.measure.Published;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.Arrays;

/** What {@code --like} takes. */
public final class LikeConverter implements ITypeConverter<Published> {
    /** For the completion script and the help. */
    public static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Arrays.stream(Published.values()).map(Published::toString).toList());
        }
    }

    @Override
    public Published convert(String name) {
        return Arrays.stream(Published.values()).filter(model -> model.toString().equals(name)).findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + name + "' is unknown, expected " + String.join(" or ", new Names())));
    }
}
