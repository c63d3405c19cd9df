package dvdquant.cuda.kernels;

import dvdquant.core.format.ElementType;
import dvdquant.cuda.driver.Arguments;
import dvdquant.cuda.driver.KernelLibrary;
import dvdquant.cuda.driver.KernelSource;
import dvdquant.tensor.Kernels.Rotary;
import dvdquant.tensor.Tensor;

/** Operations on the rows of a tensor, for what is not quantized: rows.cu, rms_norm.cu, or libtorch where a width does not suit it. */
public final class RowOperations {
    static final int MOST_CHANNELS = 16_384;
    static final int CHANNEL_UNIT = 64;
    private static final int HEAD_UNIT = 8;

    private final KernelLibrary library;

    public RowOperations(KernelLibrary library) {
        this.library = library;
    }

    /** The macros of a specialization. */
    static KernelSource source(String file, long channels, ElementType type) {
        return new KernelSource(file).with("CHANNELS", channels).with("INPUT_F32", type == ElementType.F32 ? 1 : 0);
    }

    private static KernelSource source(String file, Tensor x) {
        return source(file, x.dim(1), x.type());
    }

    private static boolean suits(Tensor x) {
        return suits(x.dim(1));
    }

    /** Whether the kernels that hold a row in registers (row.cuh) are made for its width. */
    static boolean suits(long channels) {
        return channels % CHANNEL_UNIT == 0 && channels <= MOST_CHANNELS;
    }

    private static Tensor like(Tensor x) {
        return Tensor.empty(x.device(), x.type(), x.dim(0), x.dim(1));
    }

    public Tensor layerNorm(Tensor x, Tensor gain, Tensor offset, double eps) {
        if (!suits(x)) return LibtorchRows.layerNorm(x, gain, offset, eps);
        Tensor result = like(x);
        library.kernel(source("rows.cu", x).with("LAYER_NORM", 1), "layer_norm").launchPersistent(x.dim(0),
                new Arguments().tensor(x)
                        .integer(x.dim(0)).tensor(gain).tensor(offset).number(eps).tensor(result));
        return result;
    }

    public Tensor rmsNorm(Tensor x, Tensor gain, Rotary rotary, double eps) {
        long width = gain.dim(0);
        long headSize = rotary == null ? HEAD_UNIT : rotary.cos().dim(1);
        if (!suits(width) || headSize % HEAD_UNIT != 0 || width % headSize != 0)
            return LibtorchRows.rmsNorm(x, gain, rotary, eps);
        Tensor result = like(x);
        long stretches = x.dim(1) / width;
        var source = source("rms_norm.cu", width, x.type()).with("HEAD_SIZE", headSize).with("STRETCHES", stretches);
        library.kernel(source, "rms_norm").launchPersistent(x.dim(0) * stretches,
                new Arguments().tensor(x).integer(x.dim(0) * stretches).tensor(gain)
                        .tensor(rotary == null ? null : rotary.cos()).tensor(rotary == null ? null : rotary.sin())
                        .integer(rotary == null ? 0 : rotary.cos().dim(0)).number(eps).tensor(result));
        return result;
    }

    /** In place. */
    public void gelu(Tensor x) {
        if (!suits(x)) {
            x.copyFrom(x.gelu());
            return;
        }
        library.kernel(source("rows.cu", x), "gelu").launchPersistent(x.dim(0),
                new Arguments().tensor(x).integer(x.dim(0)));
    }

    public Tensor gatedResidual(Tensor x, Tensor y, Tensor gate) {
        if (!suits(x)) return LibtorchRows.gatedResidual(x, y, gate);
        Tensor result = like(x);
        library.kernel(source("rows.cu", x), "gated_residual").launchPersistent(x.dim(0),
                new Arguments().tensor(x).tensor(y).tensor(gate).integer(x.dim(0)).tensor(result));
        return result;
    }
}
