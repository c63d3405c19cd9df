package dvdquant.tensor.cpu;

import dvdquant.tensor.cpu.code.FloatTile;
import dvdquant.tensor.cpu.code.NibbleTile;
import dvdquant.tensor.cpu.code.ShortTile;

/** Our kernels for AVX2, made when they are first needed. */
final class Avx2 {
    static final FloatTile FLOATS = new FloatTile();
    static final ShortTile SHORTS = new ShortTile();
    static final NibbleTile NIBBLES = new NibbleTile();

    private Avx2() {}
}
