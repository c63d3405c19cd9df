package dvdquant.tensor.cpu.machine;

import dvdquant.tensor.cpu.code.CodePreparer;
import dvdquant.tensor.cpu.code.FloatTile;
import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.PanelPacker;
import dvdquant.tensor.cpu.code.ShortTile;

/** Our kernels for AVX2, made once a program. */
public final class Avx2 {
    public static final FloatTile FLOATS = new FloatTile();
    public static final ShortTile SHORTS = new ShortTile();
    public static final NibbleTile NIBBLES = new NibbleTile();
    public static final CodePreparer CODES = new CodePreparer();
    public static final PanelPacker PACK_F32 = new PanelPacker(false);
    public static final PanelPacker PACK_BF16 = new PanelPacker(true);

    private Avx2() {}
}
