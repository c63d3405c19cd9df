package dvdquant.evaluate.report.page;

/** Finds the texts of a page that are hard to read. */
final class Contrast {
    /**
     * Evaluates to the texts whose contrast with what is behind them, as WCAG 2.2 defines it, is below 4.5. Colors are read back
     * from a canvas, in whatever notation a style gives them.
     */
    static final String SCRIPT = """
            (() => {
              const pen = document.createElement('canvas').getContext('2d', { willReadFrequently: true });
              const rgba = color => {
                pen.clearRect(0, 0, 1, 1);
                pen.fillStyle = color;
                pen.fillRect(0, 0, 1, 1);
                return [...pen.getImageData(0, 0, 1, 1).data];
              };
              const luminance = ([r, g, b]) => {
                const [x, y, z] = [r, g, b].map(v => v / 255)
                    .map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4);
                return 0.2126 * x + 0.7152 * y + 0.0722 * z;
              };
              const behind = element => {
                for (let e = element; e; e = e.parentElement) {
                  const color = rgba(getComputedStyle(e).backgroundColor);
                  if (color[3] === 255) return color;
                }
                return [255, 255, 255, 255];
              };
              const low = [];
              const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
              while (texts.nextNode()) {
                const element = texts.currentNode.parentElement;
                const text = texts.currentNode.textContent.trim();
                if (!text || element.closest('script, title, desc, [hidden]')) continue;
                const style = getComputedStyle(element);
                const drawn = element instanceof SVGElement ? style.fill : style.color;
                const [a, b] = [luminance(rgba(drawn)), luminance(behind(element))].sort((x, y) => y - x);
                const ratio = (a + 0.05) / (b + 0.05);
                if (ratio < 4.5) low.push(`${text}: ${ratio.toFixed(2)}`);
              }
              return low;
            })()
            """;

    private Contrast() {}
}
