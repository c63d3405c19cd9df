package dvdquant.measure;

import dvdquant.tensor.ComputeDevice;
import dvdquant.tensor.natives.NativeThreads;

import java.util.Comparator;
import java.util.List;
import java.util.function.Supplier;

/** libtorch at its best: f32 products go through OpenBLAS, which this program keeps to one thread otherwise. */
public final class LibtorchTimings {
    private static final int RUNS = 3;

    private LibtorchTimings() {}

    static <T> T withAllThreads(Supplier<T> measurement) {
        int before = NativeThreads.setOpenBlasCount(NativeThreads.count());
        try {
            return measurement.get();
        } finally {
            NativeThreads.setOpenBlasCount(before);
        }
    }

    /** The same in two types. Its attention in BF16 can be thirty times slower: what is no match is run once. */
    public static List<Timing> ofBoth(ComputeDevice device, Operation f32, Operation bf16) {
        Timing wide = of(device, f32);
        Timing narrow = Timing.of(device, bf16, 0, 1);
        return List.of(wide,
                narrow.bestMillis() > 2 * wide.medianMillis() ? narrow : Timing.of(device, bf16, 0, RUNS));
    }

    public static Timing of(ComputeDevice device, Operation operation) {
        return Timing.of(device, operation, 1, RUNS);
    }

    public static Timing faster(List<Timing> timings) {
        return timings.stream().min(Comparator.comparingDouble(Timing::medianMillis)).orElseThrow();
    }
}
