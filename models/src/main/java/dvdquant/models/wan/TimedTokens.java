package dvdquant.models.wan;

import dvdquant.models.nn.Modulation;
import dvdquant.tensor.Tensor;

import java.util.List;

/**
 * A stretch of a clip's tokens that have one time.
 *
 * @param count how many
 * @param time F32: the time's embedding, [1, width], or its projection for the blocks, [6, width]
 */
record TimedTokens(long count, Tensor time) {
    /**
     * How projected times modulate a part of a block.
     *
     * @param table [6, width], F32, of the block
     * @param part as that of {@link Modulation#of}
     */
    static ModulatedTokens inBlock(List<TimedTokens> tokens, Tensor table, int part) {
        return new ModulatedTokens(tokens.stream().map(one -> new ModulatedTokens.Stretch(one.count,
                Modulation.of(table.add(one.time), part))).toList());
    }

    /**
     * How embedded times modulate what comes out of the blocks. It is added to nothing: there is no gate.
     *
     * @param table [2, width], F32: shift and scale
     */
    static ModulatedTokens afterBlocks(List<TimedTokens> tokens, Tensor table) {
        return new ModulatedTokens(tokens.stream().map(one -> {
            Tensor sum = table.add(one.time);
            return new ModulatedTokens.Stretch(one.count,
                    new Modulation(Modulation.row(sum, 0), Modulation.row(sum, 1).add(1), null));
        }).toList());
    }
}
