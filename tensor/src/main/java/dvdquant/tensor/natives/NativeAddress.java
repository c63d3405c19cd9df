package dvdquant.tensor.natives;

import org.bytedeco.javacpp.Pointer;

/** A bare address for JavaCPP, which owns nothing. */
public final class NativeAddress extends Pointer {
    public NativeAddress(long address) {
        this.address = address;
    }
}
