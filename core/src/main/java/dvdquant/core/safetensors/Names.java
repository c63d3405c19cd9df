package dvdquant.core.safetensors;

import java.util.stream.Collectors;

/** Names that come from files: what may be printed of them, and whether they are text at all. */
final class Names {
    private static final int SHOWN_CHARS = 120;

    private Names() {}

    /** For a message: in quotes, shortened, and without what would act on a terminal. */
    static String quoted(String name) {
        String shown = name.length() <= SHOWN_CHARS ? name : name.substring(0, SHOWN_CHARS) + "…";
        return shown.codePoints().map(c -> isPrintable(c) ? c : '\uFFFD').mapToObj(Character::toString)
                .collect(Collectors.joining("", "'", "'"));
    }

    private static boolean isPrintable(int codePoint) {
        return switch (Character.getType(codePoint)) {
            case Character.CONTROL, Character.FORMAT, Character.SURROGATE, Character.LINE_SEPARATOR,
                    Character.PARAGRAPH_SEPARATOR ->
                false;
            default -> true;
        };
    }

    /** Whether every surrogate has its partner: JSON escapes can break a pair, and then the name has no UTF-8. */
    static boolean isValidUnicode(String name) {
        for (int i = 0; i < name.length(); i++) {
            char c = name.charAt(i);
            if (!Character.isSurrogate(c)) continue;
            boolean paired = i + 1 < name.length() && Character.isSurrogatePair(c, name.charAt(i + 1));
            if (!paired) return false;
            i++;
        }
        return true;
    }
}
