package dvdquant.tensor;

import dvdquant.core.format.ElementType;
import dvdquant.core.format.Shape;
import dvdquant.core.io.Reasons;
import dvdquant.tensor.natives.NativeAddress;
import dvdquant.tensor.natives.NativeThreads;
import dvdquant.tensor.natives.TensorException;
import org.bytedeco.pytorch.DeviceOptional;
import org.bytedeco.pytorch.DoubleOptional;
import org.bytedeco.pytorch.GeneratorOptional;
import org.bytedeco.pytorch.Scalar;
import org.bytedeco.pytorch.ScalarOptional;
import org.bytedeco.pytorch.ScalarTypeOptional;
import org.bytedeco.pytorch.TensorOptional;
import org.bytedeco.pytorch.TensorOptions;
import org.bytedeco.pytorch.TensorVector;
import org.bytedeco.pytorch.global.torch;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import java.util.function.Supplier;

/**
 * A tensor of libtorch. It belongs to the innermost {@link TensorScope} of the thread that made it. Operations are libtorch's,
 * under its names; axes may be negative, counted from the last. A failing operation throws {@link TensorException}.
 *
 * <p>A method enters this class when a model calls it.
 */
public final class Tensor {
    static {
        NativeThreads.prepare();
    }

    private final org.bytedeco.pytorch.Tensor value;

    private Tensor(org.bytedeco.pytorch.Tensor value) {
        this.value = value;
    }

    org.bytedeco.pytorch.Tensor nativeTensor() {
        return value;
    }

    /** What a call to libtorch gives; {@code operation} is for the error. */
    static Tensor of(String operation, Supplier<org.bytedeco.pytorch.Tensor> call) {
        try {
            return new Tensor(call.get());
        } catch (RuntimeException e) {
            throw new TensorException(operation + ": " + Reasons.innermost(e), e);
        }
    }

    private String describe() {
        return type() + " " + shape();
    }

    // ---- Making tensors

    /** Uninitialized memory of the host. */
    public static Tensor empty(ElementType type, long... dims) {
        return empty(Device.CPU, type, dims);
    }

    /** Uninitialized memory of a device. */
    public static Tensor empty(Device device, ElementType type, long... dims) {
        return of("empty " + Shape.of(dims) + (device.isCpu() ? "" : " on " + device),
                () -> torch.empty(dims, options(type).device(new DeviceOptional(device.toLibtorch())), null));
    }

    public static Tensor zeros(ElementType type, long... dims) {
        return of("zeros " + Shape.of(dims), () -> torch.zeros(dims, options(type)));
    }

    /** An F32 tensor with a copy of {@code values}. */
    public static Tensor ofFloats(float[] values, long... dims) {
        Tensor tensor = empty(ElementType.F32, dims);
        tensor.requireElements(values.length);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return tensor;
    }

    /** An I64 tensor with a copy of {@code values}. */
    public static Tensor ofLongs(long[] values, long... dims) {
        Tensor tensor = empty(ElementType.I64, dims);
        tensor.requireElements(values.length);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_LONG, 0, values.length);
        return tensor;
    }

    private void requireElements(long count) {
        if (shape().elements() != count) {
            throw new IllegalArgumentException(count + " values for shape " + shape());
        }
    }

    /**
     * A tensor over memory of somebody else, without a copy. The segment must be native, and must outlive the tensor.
     */
    public static Tensor over(MemorySegment memory, ElementType type, Shape shape) {
        if (!memory.isNative()) throw new IllegalArgumentException("memory of a Java array for " + type + " " + shape);
        if (memory.byteSize() != shape.elements() * type.sizeBytes()) {
            throw new IllegalArgumentException(memory.byteSize() + " bytes for " + type + " " + shape);
        }
        if (shape.elements() == 0) return empty(type, shape.dims());
        return of("from_blob " + shape,
                () -> torch.from_blob(new NativeAddress(memory.address()), shape.dims(), options(type)));
    }

    /** Standard-normal F32 values: those of {@code torch.randn} with a CPU generator of this seed. */
    public static Tensor randn(long seed, long... dims) {
        return of("randn " + Shape.of(dims), () -> torch.randn(dims,
                new GeneratorOptional(torch.make_generator_cpu(seed)), options(ElementType.F32)));
    }

    public static Tensor cat(List<Tensor> tensors, int axis) {
        return of("cat of " + tensors + " axis " + axis, () -> torch.cat(vector(tensors), axis));
    }

    private static TensorVector vector(List<Tensor> tensors) {
        return new TensorVector(tensors.stream().map(Tensor::nativeTensor).toArray(org.bytedeco.pytorch.Tensor[]::new));
    }

    private static TensorOptions options(ElementType type) {
        return new TensorOptions(ScalarTypes.of(type));
    }

    // ---- What it is

    public Shape shape() {
        return Shape.of(dims());
    }

    private long[] dims() {
        var dims = new long[(int) value.dim()];
        for (int i = 0; i < dims.length; i++) {
            dims[i] = value.size(i);
        }
        return dims;
    }

    public long dim(int axis) {
        return value.size(axis);
    }

    public ElementType type() {
        return ScalarTypes.toElementType(value.scalar_type());
    }

    /** Whether elements lie in row-major order without gaps. */
    public boolean isContiguous() {
        return value.is_contiguous();
    }

    /** Where the elements lie, and where operations on them run. */
    public Device device() {
        return value.is_cpu() ? Device.CPU : Device.cuda(value.device().index());
    }

    /** Address of the first element in the memory of the device; valid while the tensor lives. */
    public long address() {
        return value.data_ptr().address();
    }

    /**
     * The memory of the elements, in row-major order; valid while the tensor lives.
     *
     * @throws IllegalStateException if the tensor is not contiguous, or not in the host's memory
     */
    @SuppressWarnings("restricted") // libtorch says how large its memory is
    public MemorySegment segment() {
        if (!isContiguous())
            throw new IllegalStateException("memory of a tensor that is not contiguous: " + describe());
        if (!value.is_cpu()) throw new IllegalStateException("memory of " + device() + ": " + describe());
        if (shape().elements() == 0) return MemorySegment.NULL;
        return MemorySegment.ofAddress(value.data_ptr().address()).reinterpret(value.nbytes());
    }

    /** A copy of the elements as floats, in row-major order. */
    public float[] toFloats() {
        try (var _ = TensorScope.open()) {
            return to(Device.CPU).to(ElementType.F32).contiguous().segment()
                    .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
    }

    // ---- Shapes

    public Tensor reshape(long... dims) {
        return of("reshape " + describe() + " to " + Arrays.toString(dims), () -> value.reshape(dims));
    }

    public Tensor permute(long... axes) {
        return of("permute " + describe() + " by " + Arrays.toString(axes), () -> value.permute(axes));
    }

    public Tensor transpose(int axis0, int axis1) {
        return of("transpose " + describe() + " by " + axis0 + " and " + axis1, () -> value.transpose(axis0, axis1));
    }

    public Tensor expand(long... dims) {
        return of("expand " + describe() + " to " + Arrays.toString(dims), () -> value.expand(dims));
    }

    /** A view of {@code length} entries of one axis, from {@code start}. */
    public Tensor narrow(int axis, long start, long length) {
        return of("narrow " + describe() + " axis " + axis + " to " + length + " from " + start,
                () -> value.narrow(axis, start, length));
    }

    /** The first bytes of a tensor of bytes as another tensor over the same memory. */
    public Tensor viewOfBytes(ElementType type, long... dims) {
        long bytes = Shape.of(dims).elements() * type.sizeBytes();
        return of("view " + describe() + " as " + type + " " + Shape.of(dims),
                () -> value.narrow(0, 0, bytes).view(ScalarTypes.of(type)).view(dims));
    }

    /** A row-major copy, or the tensor itself if it is one already. */
    public Tensor contiguous() {
        return isContiguous() ? this : of("contiguous " + describe(), () -> value.contiguous());
    }

    /**
     * [batch, channels, frames, height, width] with the channels of a pixel side by side in memory, where convolutions run
     * fastest: a copy, or the tensor itself if it lies so already. Most operations keep this order.
     */
    public Tensor channelsLast3d() {
        return of("channels last " + describe(), () -> value.contiguous(torch.MemoryFormat.ChannelsLast3d));
    }

    /** A copy with memory of its own. */
    public Tensor copy() {
        return of("clone " + describe(), () -> value.clone());
    }

    /** Zeros around: {@code (before, after)} for the last axis, then for the one before it, and so on. */
    public Tensor pad(long... amounts) {
        return of("pad " + describe() + " by " + Arrays.toString(amounts), () -> torch.constant_pad_nd(value, amounts));
    }

    /** A copy whose entries along one axis are in the opposite order. */
    public Tensor flip(int axis) {
        return of("flip " + describe() + " axis " + axis, () -> torch.flip(value, axis));
    }

    public Tensor indexSelect(int axis, Tensor indices) {
        return of("index_select " + describe() + " axis " + axis + " by " + indices.describe(),
                () -> torch.index_select(value, axis, indices.value));
    }

    /** [batch, channels, frames, height, width] with each pixel repeated {@code factor} times along height and width. */
    public Tensor upsampleNearest(long factor) {
        return of("upsample_nearest3d " + describe(), () -> torch.upsample_nearest3d(value,
                dim(2), factor * dim(3), factor * dim(4)));
    }

    /** The largest value of each window of {@code size} × {@code size} pixels of [batch, channels, frames, height, width]. */
    public Tensor maxPool(long size, long stride) {
        return of("max_pool3d " + describe() + " by " + size, () -> torch.max_pool3d(value, new long[]{1, size, size},
                new long[]{1, stride, stride}, new long[]{0, 0, 0}, new long[]{1, 1, 1}, false));
    }

    /** Overwrites the elements with those of {@code source}, converted and expanded as needed; a view changes its base. */
    public void copyFrom(Tensor source) {
        overwritten("copy " + source.describe() + " to " + describe(), () -> value.copy_(source.value));
    }

    // ---- Elementwise

    /** A copy in the memory of another device, or the tensor itself if it lies there already. */
    public Tensor to(Device device) {
        if (device.equals(device())) return this;
        return of("copy of " + describe() + " to " + device,
                () -> value.to(device.toLibtorch(), value.scalar_type()));
    }

    /** Converts the elements, or returns the tensor itself if it is of this type already. */
    public Tensor to(ElementType type) {
        return type() == type ? this : of("to " + type, () -> value.to(ScalarTypes.of(type)));
    }

    public Tensor add(Tensor other) {
        return of("add " + describe() + " and " + other.describe(), () -> value.add(other.value));
    }

    public Tensor add(double number) {
        return of("add " + describe(), () -> value.add(new Scalar(number)));
    }

    public Tensor subtract(Tensor other) {
        return of("sub " + describe() + " and " + other.describe(), () -> value.sub(other.value));
    }

    public Tensor multiply(Tensor other) {
        return of("mul " + describe() + " and " + other.describe(), () -> value.mul(other.value));
    }

    public Tensor multiply(double number) {
        return of("mul " + describe(), () -> value.mul(new Scalar(number)));
    }

    public Tensor divide(Tensor other) {
        return of("div " + describe() + " and " + other.describe(), () -> value.div(other.value));
    }

    public Tensor clamp(double low, double high) {
        return of("clamp " + describe(), () -> value.clamp(new ScalarOptional(new Scalar(low)),
                new ScalarOptional(new Scalar(high))));
    }

    /** To the nearest integer, ties to even. */
    public Tensor round() {
        return of("round " + describe(), () -> value.round());
    }

    public Tensor ceil() {
        return of("ceil " + describe(), () -> value.ceil());
    }

    /** A copy with another number in the place of zeros. */
    public Tensor replaceZeros(double number) {
        return of("masked_fill " + describe(), () -> value.masked_fill(value.eq(new Scalar(0.0)), new Scalar(number)));
    }

    public Tensor exp() {
        return of("exp " + describe(), () -> torch.exp(value));
    }

    public Tensor sin() {
        return of("sin " + describe(), () -> torch.sin(value));
    }

    public Tensor cos() {
        return of("cos " + describe(), () -> torch.cos(value));
    }

    /** max(x, 0). */
    public Tensor relu() {
        return of("relu " + describe(), () -> torch.relu(value));
    }

    /** x · sigmoid(x). */
    public Tensor silu() {
        return of("silu " + describe(), () -> torch.silu(value));
    }

    // ---- Elementwise, in place: this tensor is overwritten, and returned

    public Tensor addInPlace(Tensor other) {
        return overwritten("add_ " + describe() + " and " + other.describe(), () -> value.add_(other.value));
    }

    public Tensor divideInPlace(Tensor other) {
        return overwritten("div_ " + describe() + " and " + other.describe(), () -> value.div_(other.value));
    }

    public Tensor multiplyInPlace(Tensor other) {
        return overwritten("mul_ " + describe() + " and " + other.describe(), () -> value.mul_(other.value));
    }

    public Tensor siluInPlace() {
        return overwritten("silu_ " + describe(), () -> torch.silu_(value));
    }

    private Tensor overwritten(String operation, Supplier<org.bytedeco.pytorch.Tensor> call) {
        of(operation, call);
        return this;
    }

    // ---- Reductions

    public Tensor softmax(int axis) {
        return of("softmax " + describe() + " axis " + axis, () -> torch.softmax(value, axis));
    }

    /** The largest magnitude along some axes, which stay with size 1. */
    public Tensor largestMagnitude(long... axes) {
        return of("amax " + describe() + " axes " + Arrays.toString(axes),
                () -> torch.amax(torch.abs(value), axes, true));
    }

    /** Whether no element is NaN or infinite; waits for the device. */
    public boolean isFinite() {
        try (var _ = TensorScope.open()) {
            return of("isfinite " + describe(), () -> torch.isfinite(value).all()).value.item_bool();
        }
    }

    /** The L2 norm of all elements. */
    public double length() {
        try (var _ = TensorScope.open()) {
            return reshape(1, -1).norm(1).toFloats()[0];
        }
    }

    /** The L2 norm along one axis, which stays with size 1. */
    public Tensor norm(int axis) {
        return of("norm " + describe() + " axis " + axis, () -> torch.norm(value, new ScalarOptional(new Scalar(2.0)),
                new long[]{axis}, true));
    }

    public Tensor mean(int axis, boolean keepAxis) {
        return of("mean " + describe() + " axis " + axis,
                () -> value.mean(new long[]{axis}, keepAxis, new ScalarTypeOptional()));
    }

    /** Along some axes, which stay with size 1. */
    public Tensor mean(long... axes) {
        return of("mean " + describe() + " axes " + Arrays.toString(axes),
                () -> value.mean(axes, true, new ScalarTypeOptional()));
    }

    /** The mean square of the distance to the mean along some axes, which stay with size 1. */
    public Tensor variance(long... axes) {
        return of("var " + describe() + " axes " + Arrays.toString(axes),
                () -> torch.var(value, axes, new ScalarOptional(new Scalar(0)), true));
    }

    // ---- Products

    public Tensor matmul(Tensor other) {
        return of("matmul " + describe() + " × " + other.describe(), () -> torch.matmul(value, other.value));
    }

    /**
     * y = x · weightᵀ + bias.
     *
     * @param weight [out, in]
     * @param bias [out], or null
     */
    public Tensor linear(Tensor weight, Tensor bias) {
        return of("linear " + describe() + " by " + weight.describe(), () -> bias == null
                ? torch.linear(value, weight.value)
                : torch.linear(value, weight.value, bias.value));
    }

    /**
     * With zeros around.
     *
     * @param weight [out, in, frames, height, width]
     * @param bias [out]
     * @param stride of the three axes
     * @param padding before and after, of the three axes
     */
    public Tensor conv3d(Tensor weight, Tensor bias, long[] stride, long[] padding) {
        long[] dilation = {1, 1, 1};
        // torch.conv3d leaves frames of moderate size to code that unfolds them: six times slower, 27 times the memory. Its rule
        // (ATen/native/Convolution.cpp, use_mkldnn) counts the elements of four axes, which was meant for images.
        // Of channels between two blocks of 32 beyond 64, its AVX2 kernels on Zen 5 give wrong values (80 of 3×3).
        boolean right = weight.dim(0) <= 64 || weight.dim(0) % 32 == 0;
        return of("conv3d " + describe() + " by " + weight.describe(), () -> value.is_cpu() && right
                ? torch.mkldnn_convolution(inOrderFor(weight), weight.value, new TensorOptional(bias.value), padding,
                        stride, dilation, 1)
                : torch.conv3d(value, weight.value, new TensorOptional(bias.value), stride, padding, dilation, 1));
    }

    /**
     * In the memory order in which libtorch's oneDNN (3.7.1) convolves rightly. Where it has to pad channels to whole blocks, some
     * of its kernels give wrong values (ConvolutionTest finds them): in row-major order those of more than 16 channels, not whole
     * sixteens; with the channels last those over single points, to more than 32 channels, not whole thirty-twos.
     */
    private org.bytedeco.pytorch.Tensor inOrderFor(Tensor weight) {
        boolean points = weight.dim(2) * weight.dim(3) * weight.dim(4) == 1;
        return points && weight.dim(0) % 32 != 0
                ? value.contiguous()
                : value.contiguous(torch.MemoryFormat.ChannelsLast3d);
    }

    /** Over the last axis, without a gain or an offset. */
    public Tensor layerNorm(double eps) {
        return of("layer_norm " + describe(), () -> torch.layer_norm(value, new long[]{value.size(-1)},
                new TensorOptional(), new TensorOptional(), eps, false));
    }

    /** Over the last axis. */
    public Tensor rmsNorm(Tensor gain, double eps) {
        return of("rms_norm " + describe() + " by " + gain.describe(), () -> torch.rms_norm(value,
                new long[]{value.size(-1)}, new TensorOptional(gain.value), new DoubleOptional(eps)));
    }

    /** By the tanh approximation. */
    public Tensor gelu() {
        return of("gelu " + describe(), () -> torch.gelu(value, "tanh"));
    }

    /** By the error function. */
    public Tensor geluExact() {
        return of("gelu " + describe(), () -> torch.gelu(value, "none"));
    }

    /** x · sigmoid(1.702 x): the GELU of OpenAI's CLIP. */
    public Tensor quickGelu() {
        return of("quick gelu " + describe(),
                () -> torch.sigmoid(value.mul(new Scalar(1.702))).mul_(value));
    }

    /**
     * GroupNorm: the channels of a group are normed together, over all that follows them.
     *
     * @param gain [channels], as {@code offset}; of [batch, channels, …]
     */
    public Tensor groupNorm(int groups, Tensor gain, Tensor offset, double eps) {
        return of("group_norm " + describe() + " in " + groups, () -> torch.group_norm(value, groups,
                new TensorOptional(gain.value), new TensorOptional(offset.value), eps, false));
    }

    /**
     * Repeats what is at the edges.
     *
     * @param amounts before and after the last axis, then the axis before it, …: six of [batch, channels, frames, height, width]
     */
    public Tensor padReplicated(long... amounts) {
        return of("pad " + describe(), () -> torch.replication_pad3d(value, amounts));
    }

    /** libtorch's own attention: softmax(q kᵀ / √d) v, over tensors [batch, heads, tokens, d]. */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
        return scaledDotProductAttention(query, key, value, false);
    }

    /** @param causal whether token i sees the keys up to i alone */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, boolean causal) {
        return of("attention " + query.describe() + " over " + key.describe(), () -> torch.scaled_dot_product_attention(
                query.value, key.value, value.value, new TensorOptional(), 0.0, causal, new DoubleOptional(), false));
    }

    @Override
    public String toString() {
        return value.isNull() ? "freed tensor" : describe();
    }
}
