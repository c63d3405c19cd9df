package dvdquant.core.safetensors;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;

/** Damages the bytes of a safetensors file, mostly in its header, in the ways that accidents and attackers do. */
final class HeaderMutation {
    private static final Pattern NUMBER = Pattern.compile("\\d+");
    private static final String[] NUMBERS = {"0", "1", "2", "3", "4", "8", "-1", "-0", "1.0", "1e3", "255",
            "4294967295", "4294967296",
            "2147483648", "9223372036854775807", "9223372036854775808", "18446744073709551615", "1" + "0".repeat(80),
            "NaN", "null", "\"1\"",
            "[]", "01"};
    private static final String[] PIECES = {"\"", "{", "}", "[", "]", ",", ":", " ", "\\", "\0", "\"__metadata__\":{},",
            "\"shape\":[],",
            "\"dtype\":\"U8\",", "F32", "BF16", "BOOL", "\\u0061", "ä", "\uFEFF", "/*", "0"};

    private final SplittableRandom random;
    private byte[] file;

    private HeaderMutation(SplittableRandom random, byte[] file) {
        this.random = random;
        this.file = file.clone();
    }

    /** One to three mutations of {@code file}; {@code others} lend their bytes. */
    static byte[] of(SplittableRandom random, byte[] file, List<byte[]> others) {
        var mutation = new HeaderMutation(random, file);
        int rounds = Math.max(1, random.nextInt(-2, 4));
        for (int i = 0; i < rounds; i++) {
            mutation.mutate(others.get(random.nextInt(others.size())));
        }
        return mutation.file;
    }

    private void mutate(byte[] other) {
        int headerEnd = headerEnd();
        switch (random.nextInt(13)) {
            case 0 -> flipBits(file.length);
            case 1 -> flipBits(headerEnd);
            case 2 -> splice(at(file.length), 0, randomBytes());
            case 3 -> splice(at(headerEnd), 0, PIECES[random.nextInt(PIECES.length)].getBytes(StandardCharsets.UTF_8));
            case 4 -> splice(at(headerEnd), 1 + random.nextInt(8), new byte[0]);
            case 5 -> file = Arrays.copyOf(file, random.nextInt(file.length + 1));
            case 6 -> file = Arrays.copyOf(file, file.length + 1 + random.nextInt(16));
            case 7 -> replaceNumber(headerEnd);
            case 8 -> splice(at(headerEnd), random.nextInt(2), chunk(file));
            case 9 -> swapNumbers(headerEnd);
            case 10 -> spaceBeforeComma(headerEnd);
            case 11 -> flipDataBit(headerEnd);
            default -> splice(at(headerEnd), random.nextInt(20), chunk(other));
        }
        if (random.nextInt(12) == 0 && file.length >= 8) changeLength();
    }

    private int headerEnd() {
        if (file.length < 8) return file.length;
        long end = 8 + ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN).getLong();
        return end < 8 || end > file.length ? file.length : (int) end;
    }

    private int at(int end) {
        return random.nextInt(end + 1);
    }

    private byte[] randomBytes() {
        byte[] bytes = new byte[1 + random.nextInt(8)];
        random.nextBytes(bytes);
        return bytes;
    }

    private byte[] chunk(byte[] bytes) {
        int begin = at(bytes.length);
        return Arrays.copyOfRange(bytes, begin, Math.min(bytes.length, begin + random.nextInt(80)));
    }

    private void flipBits(int end) {
        for (int flips = random.nextInt(4); flips >= 0 && end > 0; flips--) {
            file[random.nextInt(end)] ^= (byte) (1 << random.nextInt(8));
        }
    }

    private void flipDataBit(int headerEnd) {
        if (headerEnd < file.length) file[random.nextInt(headerEnd, file.length)] ^= (byte) (1 << random.nextInt(8));
    }

    /** Harmless, unless the comma is in a name. */
    private void spaceBeforeComma(int headerEnd) {
        int comma = new String(file, 0, headerEnd, StandardCharsets.ISO_8859_1).indexOf(',', at(headerEnd));
        if (comma >= 8) splice(comma, 0, new byte[]{' '});
    }

    private void replaceNumber(int headerEnd) {
        List<MatchResult> numbers = numbers(headerEnd);
        if (numbers.isEmpty()) return;
        MatchResult number = numbers.get(random.nextInt(numbers.size()));
        String replacement = random.nextInt(4) == 0
                ? String.valueOf(random.nextInt(200))
                : NUMBERS[random.nextInt(NUMBERS.length)];
        splice(number.start(), number.end() - number.start(), replacement.getBytes(StandardCharsets.UTF_8));
    }

    private void swapNumbers(int headerEnd) {
        List<MatchResult> numbers = numbers(headerEnd);
        if (numbers.size() < 2) return;
        int i = random.nextInt(numbers.size() - 1);
        MatchResult first = numbers.get(i);
        MatchResult second = numbers.get(random.nextInt(i + 1, numbers.size()));
        String text = new String(file, StandardCharsets.ISO_8859_1);
        String swapped = second.group() + text.substring(first.end(), second.start()) + first.group();
        splice(first.start(), second.end() - first.start(), swapped.getBytes(StandardCharsets.ISO_8859_1));
    }

    private List<MatchResult> numbers(int headerEnd) {
        String header = new String(file, 0, headerEnd, StandardCharsets.ISO_8859_1);
        return NUMBER.matcher(header).results().filter(number -> number.start() >= 8).toList();
    }

    /** Mostly with the length field made right again, so that what lies behind the length check is reached. */
    private void splice(int position, int removed, byte[] inserted) {
        int headerEnd = headerEnd();
        int end = Math.min(file.length, position + removed);
        var out = new ByteArrayOutputStream();
        out.write(file, 0, position);
        out.writeBytes(inserted);
        out.write(file, end, file.length - end);
        file = out.toByteArray();
        if (position < 8 || end > headerEnd || file.length < 8 || random.nextInt(5) == 0) return;
        ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN)
                .putLong(headerEnd - 8 + inserted.length - (end - position));
    }

    private void changeLength() {
        ByteBuffer buffer = ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN);
        long length = buffer.getLong(0);
        buffer.putLong(0, switch (random.nextInt(5)) {
            case 0 -> length + random.nextInt(-3, 4);
            case 1 -> file.length - 8;
            case 2 -> random.nextLong();
            case 3 -> Long.MAX_VALUE - random.nextInt(10);
            default -> random.nextInt(100);
        });
    }
}
