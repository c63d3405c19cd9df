package dvdquant.spark.quantize;

import dvdquant.app.text.AmountProgress;
import dvdquant.app.text.AmountProgress.Unit;
import dvdquant.app.text.StatusLine;
import dvdquant.core.InputException;
import dvdquant.spark.storage.Storage;
import org.apache.hadoop.fs.Path;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.SequencedMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Models of one run: how far they are together, and what became of each. One that fails costs no other. */
final class ModelRuns {
    /** So that one model's last layers do not keep the others waiting. */
    private static final int AT_ONCE = 8;

    private final int count;
    /** Shared by threads, which take turns on it. */
    private final StatusLine status;
    private final SequencedMap<Path, RuntimeException> failed = new LinkedHashMap<>();
    private long done;

    /** @param count of all models */
    ModelRuns(int count, StatusLine status) {
        this.count = count;
        this.status = status;
    }

    /** Notes that a model cannot be quantized. Of one alone that is thrown. */
    void fail(Path model, RuntimeException e) {
        if (count == 1) throw e;
        failed.put(model, e);
        synchronized (status) {
            status.warn(e.getMessage());
        }
    }

    /** Quantizes models, some at a time. */
    void run(List<ModelRun> runs) throws InterruptedException {
        long total = runs.stream().mapToLong(ModelRun::weights).sum();
        var bar = new AmountProgress("quantize", Unit.WEIGHTS, status);
        try (var drivers = Executors.newFixedThreadPool(Math.min(runs.size(), AT_ONCE))) {
            var futures = new ArrayList<Future<?>>();
            for (ModelRun run : runs) {
                futures.add(drivers.submit(() -> run(run, total, bar)));
            }
            for (int i = 0; i < runs.size(); i++) {
                await(futures.get(i), runs.get(i));
            }
        }
    }

    private void run(ModelRun run, long total, AmountProgress bar) {
        ModelRun.Finished finished = run.run(weights -> {
            synchronized (status) {
                done += weights;
                bar.show(done, total);
            }
        });
        synchronized (status) {
            status.say(wrote(run, finished));
        }
    }

    private void await(Future<?> future, ModelRun run) throws InterruptedException {
        try {
            future.get();
        } catch (ExecutionException e) {
            if (!(e.getCause() instanceof RuntimeException cause)) throw new IllegalStateException(e.getCause());
            fail(run.model().address(), cause);
        }
    }

    private static String wrote(ModelRun run, ModelRun.Finished done) {
        return String.format(Locale.ROOT,
                "wrote %s: %d layers, %,d weights at %.2f bits each, in %.1f s; the transformer is %.3f of its size (%,d bytes)",
                Storage.shown(run.target()), done.size().layers(), done.size().inLayers().weights(),
                done.size().bitsAWeight(), done.seconds(), (double) done.size().bytes() / done.bytesBefore(),
                done.size().bytes());
    }

    /**
     * Ends the run.
     *
     * @throws InputException if there was something wrong with models
     * @throws IllegalStateException if anything else was
     */
    void requireAll() {
        if (failed.isEmpty()) return;
        String message = failed.size() + " of " + count + " models were not quantized: "
                + String.join(", ", failed.keySet().stream().map(Storage::shown).toList());
        if (failed.values().stream().allMatch(InputException.class::isInstance)) throw new InputException(message);
        throw new IllegalStateException(message);
    }
}
