package dvdquant.tensor.cpu.integer;

import dvdquant.tensor.cpu.machine.InstructionSet;
import org.bytedeco.dnnl.engine;

/** How quantized weights lie in memory, and with it how they are multiplied. */
public enum WeightLayout {
    /** As oneDNN packs 8-bit integers for instructions that sum them in 32 bits. */
    VNNI(128, 512, Order.STRETCH_BY_STRETCH),
    /** 8-bit integers in panels for {@link ShortProducts}. */
    SHORT_PANELS(96, 512, Order.BLOCK_BY_BLOCK),
    /** 4-bit codes in panels for {@link NibbleProducts}. */
    NIBBLE_PANELS(96, 512, Order.BLOCK_BY_BLOCK),
    /** 8-bit integers row by row, for {@link FloatProducts}. */
    ROWS(128, 512, Order.STRETCH_BY_STRETCH),
    /** Codes of any bits as the checkpoint has them, for {@link ExpandedProducts}: fewer rows, each expanded by one thread. */
    PACKED(128, 64, Order.STRETCH_AT_ONCE);

    /** What the products of a call follow one another by. */
    enum Order {
        /** A stretch meets all blocks before the next one, so that its weights stay in the cache. */
        STRETCH_BY_STRETCH,
        /** A block that was prepared meets all stretches before the next one. */
        BLOCK_BY_BLOCK,
        /** A stretch meets all blocks on one thread, which has expanded it. */
        STRETCH_AT_ONCE
    }

    private final int tokens;
    private final int rows;
    private final Order order;

    WeightLayout(int tokens, int rows, Order order) {
        this.tokens = tokens;
        this.rows = rows;
        this.order = order;
    }

    /** Tokens in a block: whole groups of rows, where panels are multiplied by such. */
    int tokens() {
        return tokens;
    }

    /** Rows in a stretch: the sums of a block, 192 to 256 KiB, stay in the second cache while they are scaled. */
    int rows() {
        return rows;
    }

    Order order() {
        return order;
    }

    /** That of 8-bit integers: the fastest that is exact. */
    public static WeightLayout ofBytes(InstructionSet instructions) {
        if (instructions.hasVnni()) return VNNI;
        return instructions.hasAvx2() ? SHORT_PANELS : ROWS;
    }

    IntegerProducts products(engine engine, InstructionSet instructions) {
        return switch (this) {
            case VNNI -> new VnniProducts(engine);
            case SHORT_PANELS -> new ShortProducts();
            case NIBBLE_PANELS -> new NibbleProducts();
            case ROWS -> new FloatProducts(engine);
            case PACKED ->
                new ExpandedProducts((IntegerProducts.OfBytes) ofBytes(instructions).products(engine, instructions));
        };
    }
}
