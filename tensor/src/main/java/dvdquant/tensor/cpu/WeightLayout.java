package dvdquant.tensor.cpu;

import org.bytedeco.dnnl.engine;

/** How quantized weights lie in memory, and with it how they are multiplied. */
enum WeightLayout {
    /** As oneDNN packs 8-bit integers for instructions that sum them in 32 bits. */
    VNNI(128, false),
    /** 8-bit integers in panels for {@link ShortProducts}. */
    SHORT_PANELS(96, true),
    /** 4-bit codes in panels for {@link NibbleProducts}. */
    NIBBLE_PANELS(96, true),
    /** 8-bit integers row by row, for {@link FloatProducts}. */
    ROWS(128, false);

    private final int tokens;
    private final boolean preparesBlocks;

    WeightLayout(int tokens, boolean preparesBlocks) {
        this.tokens = tokens;
        this.preparesBlocks = preparesBlocks;
    }

    /** Tokens in a block: whole groups of rows, where panels are multiplied by such. */
    int tokens() {
        return tokens;
    }

    /** Whether a block that was prepared should meet all stretches before the next one; else a stretch meets all blocks. */
    boolean preparesBlocks() {
        return preparesBlocks;
    }

    /** That of 8-bit integers: the fastest that is exact. */
    static WeightLayout ofBytes(InstructionSet instructions) {
        if (instructions.hasVnni()) return VNNI;
        return instructions.hasAvx2() ? SHORT_PANELS : ROWS;
    }

    IntegerProducts products(engine engine) {
        return switch (this) {
            case VNNI -> new VnniProducts(engine);
            case SHORT_PANELS -> new ShortProducts();
            case NIBBLE_PANELS -> new NibbleProducts();
            case ROWS -> new FloatProducts(engine);
        };
    }
}
