package dvdquant.evaluate.report.page;

import dvdquant.evaluate.report.ClipResult;

import java.util.List;
import java.util.Map;

/** What one plays and compares clips with; the scripts bring it to life. */
final class Controls {
    private Controls() {}

    /** Play, step, scrub, speed, loop: one set for all clips of a scene. */
    static void transport(Markup out, int frames) {
        out.open("div", "class", "transport", "role", "group", "aria-label", "Playback of all clips");
        button(out, "previous", "Frame before", "M11 3L5 8l6 5zM4 3v10");
        button(out, "play", "Play", "M5 3l8 5-8 5z");
        button(out, "next", "Frame after", "M5 3l6 5-6 5zM12 3v10");
        out.empty("input", "type", "range", "class", "scrub", "min", "1", "max", Integer.toString(frames), "step", "1",
                "value", "1", "aria-label", "Frame");
        out.element("output", "1 / " + frames, "class", "position");
        out.open("label").element("span", "Speed").open("select", "class", "speed");
        for (String speed : List.of("0.25", "0.5", "1", "2")) {
            if (speed.equals("1")) {
                out.element("option", "1 ×", "value", speed, "selected", "");
            } else {
                out.element("option", speed + " ×", "value", speed);
            }
        }
        out.close().close();
        out.open("label").empty("input", "type", "checkbox", "class", "loop", "checked", "").element("span", "Loop")
                .close();
        out.element("span", "Space plays, ← and → step a frame", "class", "hint").close().line();
    }

    private static void button(Markup out, String name, String label, String icon) {
        out.open("button", "type", "button", "class", "icon " + name, "aria-label", label, "title", label);
        out.open("svg", "viewBox", "0 0 16 16", "width", "16", "height", "16", "aria-hidden", "true");
        out.open("path", "d", icon).close().close().close();
    }

    /**
     * The canvas on which a clip is held against the reference's.
     *
     * @param reference the number of the variant to compare with
     */
    static void comparison(Markup out, List<ClipResult> clips, Map<String, Look> looks, int reference) {
        out.open("figure", "class", "comparison", "data-reference", Integer.toString(reference));
        out.element("h4", "Against the reference");
        out.open("div", "class", "bar");
        out.open("label").element("span", "Clip", "class", "hidden").open("select", "class", "subject");
        for (ClipResult clip : clips) {
            out.element("option", clip.variant(), "value", Integer.toString(looks.get(clip.variant()).variant()));
        }
        out.close().close();
        out.open("div", "class", "modes", "role", "group", "aria-label", "How to compare");
        out.element("button", "Difference", "type", "button", "aria-pressed", "true", "data-mode", "difference");
        out.element("button", "Wipe", "type", "button", "aria-pressed", "false", "data-mode", "wipe").close();
        out.open("label", "class", "gain-label").element("span", "Gain").open("select", "class", "gain");
        for (int gain = 1; gain <= 32; gain *= 2) {
            String value = Integer.toString(gain);
            if (gain == 4) {
                out.element("option", "× " + value, "value", value, "selected", "");
            } else {
                out.element("option", "× " + value, "value", value);
            }
        }
        out.close().close().close();
        out.open("canvas", "role", "img", "aria-label", "Difference of the clip and the reference").close();
        out.empty("input", "type", "range", "class", "wipe", "min", "0", "max", "1000", "value", "500", "aria-label",
                "Where the reference ends and the clip begins", "hidden", "");
        out.element("figcaption", "", "class", "explanation").close().line();
    }
}
