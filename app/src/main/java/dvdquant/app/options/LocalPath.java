package dvdquant.app.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.util.regex.Pattern;

/** A path as it is given. An address would be a folder {@code s3:} here, and nothing, as of a variable that is not set, the folder one is in. */
public final class LocalPath implements ITypeConverter<Path> {
    private static final Pattern ADDRESS = Pattern.compile("\\p{Alpha}[\\p{Alnum}+.-]+://.*");

    @Override
    public Path convert(String text) {
        if (text.isEmpty()) throw new TypeConversionException("it is empty, expected a path");
        if (ADDRESS.matcher(text).matches()) {
            throw new TypeConversionException("'" + text + "' is an address, expected a path");
        }
        try {
            return Path.of(text);
        } catch (InvalidPathException e) {
            throw new TypeConversionException("'" + text + "' is not a path: " + e.getReason());
        }
    }
}
