package dvdquant.evaluate.report.page;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;

/** Builds HTML and SVG, with every text and attribute escaped. */
final class Markup {
    private final StringBuilder out = new StringBuilder();
    private final Deque<String> opened = new ArrayDeque<>();

    /**
     * Opens an element, to be ended by {@link #close()}.
     *
     * @param attributes names and values in turn
     */
    Markup open(String tag, String... attributes) {
        empty(tag, attributes);
        opened.push(tag);
        return this;
    }

    /** Closes the innermost open element. */
    Markup close() {
        out.append("</").append(opened.pop()).append('>');
        return this;
    }

    /** An element that holds nothing and has no end tag, as {@code input}. */
    Markup empty(String tag, String... attributes) {
        out.append('<').append(tag);
        for (int i = 0; i < attributes.length; i += 2) {
            out.append(' ').append(attributes[i]).append("=\"");
            escape(attributes[i + 1]);
            out.append('"');
        }
        out.append('>');
        return this;
    }

    /** An element that holds a text. */
    Markup element(String tag, String text, String... attributes) {
        return open(tag, attributes).text(text).close();
    }

    Markup text(String text) {
        escape(text);
        return this;
    }

    /** A coordinate or an attribute that is a number: at most two decimals, no exponent. */
    static String coordinate(double value) {
        String text = String.format(Locale.ROOT, "%.2f", value);
        return text.contains(".") ? text.replaceAll("0+$", "").replaceAll("\\.$", "") : text;
    }

    /** A line break in the source; only where white space means nothing. */
    Markup line() {
        out.append('\n');
        return this;
    }

    /** Takes source as it is: a style sheet, a script, the result of another builder. */
    Markup source(String source) {
        out.append(source);
        return this;
    }

    private void escape(String text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            switch (c) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\'' -> out.append("&#39;");
                default -> out.append(c);
            }
        }
    }

    /**
     * @throws IllegalStateException if an element is still open
     */
    @Override
    public String toString() {
        if (!opened.isEmpty()) throw new IllegalStateException("not closed: " + opened);
        return out.toString();
    }
}
