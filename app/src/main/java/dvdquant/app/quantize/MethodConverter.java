package dvdquant.app.quantize;

import dvdquant.core.quantize.Method;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.util.ArrayList;
import java.util.Arrays;

/** What {@code --method} takes. */
final class MethodConverter implements ITypeConverter<Method> {
    /** For the completion script and the help. */
    static final class Names extends ArrayList<String> {
        private static final long serialVersionUID = 1L;

        Names() {
            super(Arrays.stream(Method.values()).map(Method::label).toList());
        }
    }

    @Override
    public Method convert(String name) {
        return Arrays.stream(Method.values()).filter(method -> method.label().equals(name)).findFirst()
                .orElseThrow(() -> new TypeConversionException(
                        "'" + name + "' is unknown, expected one of " + String.join(", ", new Names())));
    }
}
