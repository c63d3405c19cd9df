package dvdquant.models.text;

/**
 * T5's buckets of relative positions: half of them for keys behind the query, half for keys ahead; in each half, one bucket a
 * distance up to a limit, then logarithmically wider ones up to the greatest distance.
 *
 * @see <a href="https://arxiv.org/abs/1910.10683">T5, section 2.1</a>
 */
final class RelativePositions {
    private RelativePositions() {}

    /** The bucket of each key for each query: [length · length], a query's keys together. */
    static long[] buckets(int length, int buckets, int maxDistance) {
        var result = new long[length * length];
        for (int query = 0; query < length; query++) {
            for (int key = 0; key < length; key++) {
                result[query * length + key] = bucket(key - query, buckets / 2, maxDistance);
            }
        }
        return result;
    }

    private static long bucket(int offset, int half, int maxDistance) {
        int exact = half / 2;
        int distance = Math.abs(offset);
        int ahead = offset > 0 ? half : 0;
        if (distance < exact) return ahead + distance;
        // in f32, as the reference computes it: at the edges of the buckets the rounding decides
        float logarithm = (float) Math.log((float) distance / exact) / (float) Math.log((double) maxDistance / exact);
        return ahead + Math.min(half - 1, exact + (long) (logarithm * (half - exact)));
    }
}
