package dvdquant.app.options;

import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.TypeConversionException;

import java.math.BigInteger;

/** A seed as {@code torch.Generator.manual_seed} takes it: −2⁶³ to 2⁶⁴ − 1, the upper half of which stands for the negative ones. */
public final class TorchSeed implements ITypeConverter<Long> {
    private static final BigInteger LEAST = BigInteger.valueOf(Long.MIN_VALUE);
    private static final int BITS = 64;

    @Override
    public Long convert(String text) {
        BigInteger seed;
        try {
            seed = new BigInteger(text);
        } catch (NumberFormatException e) {
            throw new TypeConversionException("'" + text + "' is not a whole number");
        }
        if (seed.compareTo(LEAST) < 0 || seed.bitLength() > BITS) {
            throw new TypeConversionException("'" + text + "' is out of range, expected -2^63 to 2^64 - 1");
        }
        return seed.longValue();
    }
}
