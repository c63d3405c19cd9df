package dvdquant.spark.quantize;

import dvdquant.core.InputException;
import dvdquant.core.checkpoint.QuantizedFormat;
import dvdquant.core.quant.weights.WeightScheme;
import dvdquant.core.quantize.Piece;
import dvdquant.core.quantize.PieceQuantizer;
import dvdquant.core.quantize.RowTasks;
import dvdquant.core.safetensors.TensorSource;
import dvdquant.spark.cluster.Cluster;
import dvdquant.spark.cluster.ClusterTask;
import dvdquant.spark.storage.Storage;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.util.LongAccumulator;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * Quantizes layers, and takes over tensors, into one file; one in memory at a time.
 *
 * @param number of the task
 * @param component that the pieces are of
 */
record LayerTask(Broadcast<ModelFacts> model, int number, String component, List<Piece> pieces,
        LongAccumulator weights) implements ClusterTask<Outcome> {
    /** For which the loops of this JVM are compiled. */
    private static final Set<WeightScheme> WARM = ConcurrentHashMap.newKeySet();

    /** Consecutive pieces, so many that a task has about as much work as {@code weights}. */
    static List<List<Piece>> grouped(List<Piece> pieces, long weights) {
        var groups = new ArrayList<List<Piece>>();
        var group = new ArrayList<Piece>();
        long inGroup = 0;
        for (Piece piece : pieces) {
            if (!group.isEmpty() && inGroup + piece.weights() > weights) {
                groups.add(List.copyOf(group));
                group.clear();
                inGroup = 0;
            }
            group.add(piece);
            inGroup += piece.weights();
        }
        if (!group.isEmpty()) groups.add(List.copyOf(group));
        return groups;
    }

    @Override
    public String label() {
        String last = pieces.size() == 1 ? "" : " to " + pieces.getLast().label();
        return model.value().model() + ": " + component + ", " + pieces.getFirst().label() + last;
    }

    @Override
    public Outcome run() throws IOException {
        ModelFacts facts = model.value();
        try (var part = PartFile.create(Storage.ofExecutor(), facts.parts(), "layers-" + number);
                var threads = Executors.newFixedThreadPool(Cluster.coresOfTask())) {
            ModelFacts.Opened opened = facts.component(component);
            warmUp(opened.format());
            List<Extent> extents = opened.weights().with(source -> work(new PieceQuantizer(source, opened.format(),
                    opened.calibration(), new RowTasks(threads)), source, part));
            long done = pieces.stream().mapToLong(Piece::weights).sum();
            weights.add(done);
            return new Outcome.Made(number, extents, done);
        } catch (InputException e) {
            return new Outcome.Refused(e.getMessage());
        }
    }

    private static void warmUp(QuantizedFormat format) {
        if (WARM.add(format.usual().weights())) PieceQuantizer.warmUp(format);
    }

    private List<Extent> work(PieceQuantizer quantizer, TensorSource source, PartFile part) {
        var extents = new ArrayList<Extent>();
        for (Piece piece : pieces) {
            try (var memory = Arena.ofShared()) {
                for (PieceQuantizer.Made made : quantizer.work(piece, memory)) {
                    extents.add(new Extent(made.tensor(), part.address(), part.length(), made.bytes().byteSize()));
                    part.write(made.bytes());
                }
            } catch (IOException e) {
                throw new UncheckedIOException(piece.label() + ": " + e.getMessage(), e);
            }
            source.tensor(piece.tensor()).release();
        }
        return extents;
    }
}
