package dvdquant.core.quant.grids;

import java.util.Arrays;

/** The definition: plain loops, sums in double. */
final class ReferenceGridKernel implements GridKernel {
    @Override
    public void bounds(Tile tile, float[] minimum, float[] maximum) {
        Arrays.fill(minimum, Float.POSITIVE_INFINITY);
        Arrays.fill(maximum, Float.NEGATIVE_INFINITY);
        for (int i = 0; i < tile.values.length; i++) {
            int lane = i % Tile.LANES;
            minimum[lane] = Math.min(minimum[lane], tile.values[i]);
            maximum[lane] = Math.max(maximum[lane], tile.values[i]);
        }
        tile.combineBounds(minimum, maximum);
    }

    @Override
    public void sum(Tile tile, float[] sum) {
        var sums = new double[Tile.LANES];
        for (int i = 0; i < tile.values.length; i++) {
            sums[i % Tile.LANES] += tile.values[i];
        }
        store(tile, sums, sum);
    }

    @Override
    public void errors(Tile tile, int span, Grids one, Grids other) {
        moments(tile, span, one, new Moments());
        moments(tile, span, other, new Moments());
    }

    @Override
    public void moments(Tile tile, int span, Grids grids, Moments moments) {
        var error = new double[Tile.LANES];
        var codes = new double[Tile.LANES];
        var codesTimesWeights = new double[Tile.LANES];
        var squaredCodes = new double[Tile.LANES];
        for (int i = 0; i < tile.values.length; i++) {
            int lane = i % Tile.LANES;
            float weight = tile.values[i];
            double code = GridKernel.code(weight, 1 / grids.step[lane], grids.low[lane], span);
            double difference = weight - grids.step[lane] * code;
            error[lane] += difference * difference;
            codes[lane] += code;
            codesTimesWeights[lane] += code * weight;
            squaredCodes[lane] += code * code;
        }
        store(tile, error, grids.error);
        store(tile, codes, moments.codes());
        store(tile, codesTimesWeights, moments.codesTimesWeights());
        store(tile, squaredCodes, moments.squaredCodes());
    }

    private static void store(Tile tile, double[] sums, float[] result) {
        for (int lane = 0; lane < Tile.LANES; lane++) {
            result[lane] = (float) sums[lane];
        }
        tile.combine(result);
    }
}
