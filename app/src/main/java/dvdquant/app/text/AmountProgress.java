package dvdquant.app.text;

import dvdquant.core.quantize.Quantizer;

/** Shows how much of something long is done: a bar with the speed on a terminal, a line every few seconds elsewhere. */
public final class AmountProgress implements Quantizer.Progress {
    private static final int MILLION = 1_000_000;
    private static final long NANOS_A_LINE = 2_000_000_000L;

    /** What is counted. */
    public enum Unit {
        WEIGHTS("million weights", "million/s", " M weights"),
        BYTES("MB", "MB/s", " MB");

        private final String millions;
        private final String speed;
        private final String beside;

        Unit(String millions, String speed, String beside) {
            this.millions = millions;
            this.speed = speed;
            this.beside = beside;
        }
    }

    private final String task;
    private final Unit unit;
    private final StatusLine status;
    private final long start = System.nanoTime();

    /** @param task what is done, in a word */
    public AmountProgress(String task, Unit unit, StatusLine status) {
        this.task = task;
        this.unit = unit;
        this.status = status;
        status.beginSteps();
    }

    @Override
    public void weightsDone(long done, long total) {
        show(done, total);
    }

    public void show(long done, long total) {
        if (status.hasBar()) {
            status.bar(task, total, look -> look.setUnit(unit.beside, MILLION).showSpeed()).stepTo(done);
        } else if (done > 0 && status.isDue(NANOS_A_LINE)) {
            double seconds = (System.nanoTime() - start) / 1e9;
            status.step("%s %d/%d %s, %.0f %s, %s to go", task, done / MILLION, total / MILLION, unit.millions,
                    done / seconds / MILLION, unit.speed, StatusLine.clock(seconds * (total - done) / done));
        }
    }
}
