package dvdquant.tensor.cpu.convolution;

import dvdquant.tensor.cpu.machine.Buffer;
/** What one thread needs to convolve a block. */
public final class Workspace implements AutoCloseable {
    final PatchReader reader = new PatchReader();
    final Buffer expanded = new Buffer();
    final Buffer products = new Buffer();
    final Buffer scratch = new Buffer();
    private float[] patch = {};
    private float[] cell = {};

    float[] patch(int floats) {
        if (patch.length < floats) patch = new float[floats];
        return patch;
    }

    float[] cell(int floats) {
        if (cell.length < floats) cell = new float[floats];
        return cell;
    }

    @Override
    public void close() {
        expanded.close();
        products.close();
        scratch.close();
    }
}
