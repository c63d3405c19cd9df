package dvdquant.evaluate.report.page;

import org.junit.jupiter.api.Test;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

class MarkupTest {
    @Test
    void textsAndAttributesAreEscaped() {
        var out = new Markup().open("p", "title", "a \"b\" <c> 'd' & e").text("<script>&\"'").empty("br").close();
        assertThat(out).hasToString("<p title=\"a &quot;b&quot; &lt;c&gt; &#39;d&#39; &amp; e\">"
                + "&lt;script&gt;&amp;&quot;&#39;<br></p>");
    }

    @Test
    void anElementLeftOpenIsAnError() {
        var out = new Markup().open("p");
        assertThatThrownBy(out::toString).isInstanceOf(IllegalStateException.class).hasMessageContaining("p");
    }
}
