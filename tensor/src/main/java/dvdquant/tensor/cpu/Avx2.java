package dvdquant.tensor.cpu;

import dvdquant.tensor.cpu.code.CodePreparer;
import dvdquant.tensor.cpu.code.FloatTile;
import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.PanelPacker;
import dvdquant.tensor.cpu.code.ShortTile;

/** Our kernels for AVX2, made once a program. */
final class Avx2 {
    static final FloatTile FLOATS = new FloatTile();
    static final ShortTile SHORTS = new ShortTile();
    static final NibbleTile NIBBLES = new NibbleTile();
    static final CodePreparer CODES = new CodePreparer();
    static final PanelPacker PACK_F32 = new PanelPacker(false);
    static final PanelPacker PACK_BF16 = new PanelPacker(true);

    private Avx2() {}
}
