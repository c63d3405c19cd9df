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

    /**
     * {@return uninitialized memory of the host}
     *
     * @param type of the elements
     * @param dims the shape
     */
    public static Tensor empty(ElementType type, long... dims) {
        return empty(Device.CPU, type, dims);
    }

    /**
     * {@return uninitialized memory of a device}
     *
     * @param device where it lies
     * @param type of the elements
     * @param dims the shape
     */
    public static Tensor empty(Device device, ElementType type, long... dims) {
        return of("empty " + Shape.of(dims) + (device.isCpu() ? "" : " on " + device),
                () -> torch.empty(dims, options(type).device(new DeviceOptional(device.toLibtorch())), null));
    }

    /**
     * {@return zeros in memory of the host}
     *
     * @param type of the elements
     * @param dims the shape
     */
    public static Tensor zeros(ElementType type, long... dims) {
        return of("zeros " + Shape.of(dims), () -> torch.zeros(dims, options(type)));
    }

    /**
     * {@return an F32 tensor of the host with a copy of {@code values}}
     *
     * @param values in row-major order
     * @param dims the shape
     * @throws IllegalArgumentException if there are more or fewer values than the shape has
     */
    public static Tensor ofFloats(float[] values, long... dims) {
        Tensor tensor = empty(ElementType.F32, dims);
        tensor.requireElements(values.length);
        MemorySegment.copy(values, 0, tensor.segment(), ValueLayout.JAVA_FLOAT, 0, values.length);
        return tensor;
    }

    /**
     * {@return an I64 tensor of the host with a copy of {@code values}}
     *
     * @param values in row-major order
     * @param dims the shape
     * @throws IllegalArgumentException if there are more or fewer values than the shape has
     */
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
     * {@return a tensor over memory of somebody else, without a copy} The segment must be native, and must outlive the
     * tensor.
     *
     * @param memory of the host: the elements in row-major order, little-endian
     * @param type of the elements
     * @param shape of which there are just as many elements
     * @throws IllegalArgumentException if the memory is a Java array's, or of another size
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

    /**
     * {@return standard-normal F32 values in memory of the host: those of {@code torch.randn} with a CPU generator of this
     * seed}
     *
     * @param seed of the generator
     * @param dims the shape
     */
    public static Tensor randn(long seed, long... dims) {
        return of("randn " + Shape.of(dims), () -> torch.randn(dims,
                new GeneratorOptional(torch.make_generator_cpu(seed)), options(ElementType.F32)));
    }

    /**
     * {@return tensors one behind the other along an axis, copied}
     *
     * @param tensors of one type, and of one shape but for this axis
     * @param axis along which they are joined
     */
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

    /** {@return how many entries each axis has} */
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

    /**
     * {@return how many entries an axis has}
     *
     * @param axis negative: counted from the last
     */
    public long dim(int axis) {
        return value.size(axis);
    }

    /** {@return what the elements are} */
    public ElementType type() {
        return ScalarTypes.toElementType(value.scalar_type());
    }

    /** {@return whether elements lie in row-major order without gaps} */
    public boolean isContiguous() {
        return value.is_contiguous();
    }

    /** {@return where the elements lie, and where operations on them run} */
    public Device device() {
        return value.is_cpu() ? Device.CPU : Device.cuda(value.device().index());
    }

    /** {@return the address of the first element in the memory of the device; valid while the tensor lives} */
    public long address() {
        return value.data_ptr().address();
    }

    /**
     * {@return the memory of the elements, in row-major order; valid while the tensor lives}
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

    /** {@return a copy of the elements as floats, in row-major order} */
    public float[] toFloats() {
        try (var _ = TensorScope.open()) {
            return to(Device.CPU).to(ElementType.F32).contiguous().segment()
                    .toArray(ValueLayout.JAVA_FLOAT_UNALIGNED);
        }
    }

    // ---- Shapes

    /**
     * {@return the elements in their row-major order with another shape: over the same memory where that is possible, else
     * a copy}
     *
     * @param dims the shape; one may be −1, which is worked out
     */
    public Tensor reshape(long... dims) {
        return of("reshape " + describe() + " to " + Arrays.toString(dims), () -> value.reshape(dims));
    }

    /**
     * {@return a view with its axes in another order}
     *
     * @param axes of this tensor, each once
     */
    public Tensor permute(long... axes) {
        return of("permute " + describe() + " by " + Arrays.toString(axes), () -> value.permute(axes));
    }

    /**
     * {@return a view with two axes exchanged}
     *
     * @param axis0 one of them
     * @param axis1 the other
     */
    public Tensor transpose(int axis0, int axis1) {
        return of("transpose " + describe() + " by " + axis0 + " and " + axis1, () -> value.transpose(axis0, axis1));
    }

    /**
     * {@return a view in which axes of size 1 are repeated, without memory of their own}
     *
     * @param dims the shape; −1 leaves an axis as it is
     */
    public Tensor expand(long... dims) {
        return of("expand " + describe() + " to " + Arrays.toString(dims), () -> value.expand(dims));
    }

    /**
     * {@return a view of some entries of one axis}
     *
     * @param axis that is cut
     * @param start the first entry
     * @param length how many, from there
     */
    public Tensor narrow(int axis, long start, long length) {
        return of("narrow " + describe() + " axis " + axis + " to " + length + " from " + start,
                () -> value.narrow(axis, start, length));
    }

    /**
     * {@return the first bytes of a tensor of bytes as another tensor over the same memory}
     *
     * @param type of the elements
     * @param dims the shape, which need not fill the memory
     */
    public Tensor viewOfBytes(ElementType type, long... dims) {
        long bytes = Shape.of(dims).elements() * type.sizeBytes();
        return of("view " + describe() + " as " + type + " " + Shape.of(dims),
                () -> value.narrow(0, 0, bytes).view(ScalarTypes.of(type)).view(dims));
    }

    /** {@return a row-major copy, or the tensor itself if it is one already} */
    public Tensor contiguous() {
        return isContiguous() ? this : of("contiguous " + describe(), () -> value.contiguous());
    }

    /**
     * {@return [batch, channels, frames, height, width] with the channels of a pixel side by side in memory, where
     * convolutions run fastest: a copy, or the tensor itself if it lies so already} Most operations keep this order.
     */
    public Tensor channelsLast3d() {
        return of("channels last " + describe(), () -> value.contiguous(torch.MemoryFormat.ChannelsLast3d));
    }

    /** {@return a copy with memory of its own} */
    public Tensor copy() {
        return of("clone " + describe(), () -> value.clone());
    }

    /**
     * {@return a copy with zeros around it}
     *
     * @param amounts before and after the last axis, then those of the axis before it, and so on
     */
    public Tensor pad(long... amounts) {
        return of("pad " + describe() + " by " + Arrays.toString(amounts), () -> torch.constant_pad_nd(value, amounts));
    }

    /**
     * {@return a copy whose entries along one axis are in the opposite order}
     *
     * @param axis which
     */
    public Tensor flip(int axis) {
        return of("flip " + describe() + " axis " + axis, () -> torch.flip(value, axis));
    }

    /**
     * {@return a copy of some entries of one axis}
     *
     * @param axis that they are of
     * @param indices I64 [entries], in the order of the result; any may be there more than once
     */
    public Tensor indexSelect(int axis, Tensor indices) {
        return of("index_select " + describe() + " axis " + axis + " by " + indices.describe(),
                () -> torch.index_select(value, axis, indices.value));
    }

    /**
     * {@return [batch, channels, frames, height, width] with each pixel repeated {@code factor} times along height and
     * width}
     *
     * @param factor 1 or more
     */
    public Tensor upsampleNearest(long factor) {
        return of("upsample_nearest3d " + describe(), () -> torch.upsample_nearest3d(value,
                dim(2), factor * dim(3), factor * dim(4)));
    }

    /**
     * {@return the largest value of each window of {@code size} × {@code size} pixels of [batch, channels, frames, height,
     * width]}
     *
     * @param size of a window, pixels a side
     * @param stride pixels from one window to the next, along height and width
     */
    public Tensor maxPool(long size, long stride) {
        return of("max_pool3d " + describe() + " by " + size, () -> torch.max_pool3d(value, new long[]{1, size, size},
                new long[]{1, stride, stride}, new long[]{0, 0, 0}, new long[]{1, 1, 1}, false));
    }

    /**
     * Overwrites the elements with those of {@code source}, converted and expanded as needed; a view changes its base.
     *
     * @param source of any type, on any device, of a shape that expands to this one
     */
    public void copyFrom(Tensor source) {
        overwritten("copy " + source.describe() + " to " + describe(), () -> value.copy_(source.value));
    }

    // ---- Elementwise

    /**
     * {@return a copy in the memory of another device, or the tensor itself if it lies there already}
     *
     * @param device where the result lies
     */
    public Tensor to(Device device) {
        if (device.equals(device())) return this;
        return of("copy of " + describe() + " to " + device,
                () -> value.to(device.toLibtorch(), value.scalar_type()));
    }

    /**
     * {@return the elements converted, or the tensor itself if it is of this type already}
     *
     * @param type of the result
     */
    public Tensor to(ElementType type) {
        return type() == type ? this : of("to " + type, () -> value.to(ScalarTypes.of(type)));
    }

    /**
     * {@return the sum, element by element}
     *
     * @param other of a shape that fits: axes of size 1 are expanded
     */
    public Tensor add(Tensor other) {
        return of("add " + describe() + " and " + other.describe(), () -> value.add(other.value));
    }

    /**
     * {@return each element plus a number}
     *
     * @param number leaves the type of a floating-point tensor as it is
     */
    public Tensor add(double number) {
        return of("add " + describe(), () -> value.add(new Scalar(number)));
    }

    /**
     * {@return this less the other, element by element}
     *
     * @param other of a shape that fits: axes of size 1 are expanded
     */
    public Tensor subtract(Tensor other) {
        return of("sub " + describe() + " and " + other.describe(), () -> value.sub(other.value));
    }

    /**
     * {@return the product, element by element}
     *
     * @param other of a shape that fits: axes of size 1 are expanded
     */
    public Tensor multiply(Tensor other) {
        return of("mul " + describe() + " and " + other.describe(), () -> value.mul(other.value));
    }

    /**
     * {@return each element times a number}
     *
     * @param number leaves the type of a floating-point tensor as it is
     */
    public Tensor multiply(double number) {
        return of("mul " + describe(), () -> value.mul(new Scalar(number)));
    }

    /**
     * {@return this over the other, element by element}
     *
     * @param other of a shape that fits: axes of size 1 are expanded
     */
    public Tensor divide(Tensor other) {
        return of("div " + describe() + " and " + other.describe(), () -> value.div(other.value));
    }

    /**
     * {@return the elements, those below and above replaced by the bounds; NaN stays}
     *
     * @param low smallest that stays
     * @param high largest that stays
     */
    public Tensor clamp(double low, double high) {
        return of("clamp " + describe(), () -> value.clamp(new ScalarOptional(new Scalar(low)),
                new ScalarOptional(new Scalar(high))));
    }

    /** {@return each element rounded to the nearest integer, ties to even} */
    public Tensor round() {
        return of("round " + describe(), () -> value.round());
    }

    /** {@return each element rounded up to an integer} */
    public Tensor ceil() {
        return of("ceil " + describe(), () -> value.ceil());
    }

    /**
     * {@return a copy with another number in the place of zeros}
     *
     * @param number that stands there instead
     */
    public Tensor replaceZeros(double number) {
        return of("masked_fill " + describe(), () -> value.masked_fill(value.eq(new Scalar(0.0)), new Scalar(number)));
    }

    /** {@return e to the power of each element} */
    public Tensor exp() {
        return of("exp " + describe(), () -> torch.exp(value));
    }

    /** {@return the sine of each element, in radians} */
    public Tensor sin() {
        return of("sin " + describe(), () -> torch.sin(value));
    }

    /** {@return the cosine of each element, in radians} */
    public Tensor cos() {
        return of("cos " + describe(), () -> torch.cos(value));
    }

    /** {@return max(x, 0) of each element x} */
    public Tensor relu() {
        return of("relu " + describe(), () -> torch.relu(value));
    }

    /** {@return x · sigmoid(x) of each element x} */
    public Tensor silu() {
        return of("silu " + describe(), () -> torch.silu(value));
    }

    // ---- Elementwise, in place: this tensor is overwritten, and returned

    /**
     * {@return this tensor, which the other was added to}
     *
     * @param other of a shape that expands to this one
     */
    public Tensor addInPlace(Tensor other) {
        return overwritten("add_ " + describe() + " and " + other.describe(), () -> value.add_(other.value));
    }

    /**
     * {@return this tensor, which was divided by the other}
     *
     * @param other of a shape that expands to this one
     */
    public Tensor divideInPlace(Tensor other) {
        return overwritten("div_ " + describe() + " and " + other.describe(), () -> value.div_(other.value));
    }

    /**
     * {@return this tensor, which was multiplied by the other}
     *
     * @param other of a shape that expands to this one
     */
    public Tensor multiplyInPlace(Tensor other) {
        return overwritten("mul_ " + describe() + " and " + other.describe(), () -> value.mul_(other.value));
    }

    /** {@return this tensor, each element x replaced by x · sigmoid(x)} */
    public Tensor siluInPlace() {
        return overwritten("silu_ " + describe(), () -> torch.silu_(value));
    }

    private Tensor overwritten(String operation, Supplier<org.bytedeco.pytorch.Tensor> call) {
        of(operation, call);
        return this;
    }

    // ---- Reductions

    /**
     * {@return exp(x) / Σ exp(x), the sum along one axis}
     *
     * @param axis along which the result adds up to 1
     */
    public Tensor softmax(int axis) {
        return of("softmax " + describe() + " axis " + axis, () -> torch.softmax(value, axis));
    }

    /**
     * {@return the largest magnitude along some axes, which stay with size 1}
     *
     * @param axes along which it is taken
     */
    public Tensor largestMagnitude(long... axes) {
        return of("amax " + describe() + " axes " + Arrays.toString(axes),
                () -> torch.amax(torch.abs(value), axes, true));
    }

    /** {@return whether no element is NaN or infinite; waits for the device} */
    public boolean isFinite() {
        try (var _ = TensorScope.open()) {
            return of("isfinite " + describe(), () -> torch.isfinite(value).all()).value.item_bool();
        }
    }

    /** {@return the L2 norm of all elements} */
    public double length() {
        try (var _ = TensorScope.open()) {
            return reshape(1, -1).norm(1).toFloats()[0];
        }
    }

    /**
     * {@return the L2 norm along one axis, which stays with size 1}
     *
     * @param axis along which it is taken
     */
    public Tensor norm(int axis) {
        return of("norm " + describe() + " axis " + axis, () -> torch.norm(value, new ScalarOptional(new Scalar(2.0)),
                new long[]{axis}, true));
    }

    /**
     * {@return the mean along one axis}
     *
     * @param axis along which it is taken
     * @param keepAxis whether that axis stays, with size 1
     */
    public Tensor mean(int axis, boolean keepAxis) {
        return of("mean " + describe() + " axis " + axis,
                () -> value.mean(new long[]{axis}, keepAxis, new ScalarTypeOptional()));
    }

    /**
     * {@return the mean along some axes, which stay with size 1}
     *
     * @param axes along which it is taken
     */
    public Tensor mean(long... axes) {
        return of("mean " + describe() + " axes " + Arrays.toString(axes),
                () -> value.mean(axes, true, new ScalarTypeOptional()));
    }

    /**
     * {@return the mean square of the distance to the mean along some axes, which stay with size 1}
     *
     * @param axes along which it is taken
     */
    public Tensor variance(long... axes) {
        return of("var " + describe() + " axes " + Arrays.toString(axes),
                () -> torch.var(value, axes, new ScalarOptional(new Scalar(0)), true));
    }

    // ---- Products

    /**
     * {@return the product of matrices [rows, inner] and [inner, columns], which may have axes of a batch before them}
     *
     * @param other of the same type
     */
    public Tensor matmul(Tensor other) {
        return of("matmul " + describe() + " × " + other.describe(), () -> torch.matmul(value, other.value));
    }

    /**
     * {@return y = x · weightᵀ + bias, [..., out], of this x [..., in]}
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
     * {@return the convolution of [batch, in, frames, height, width], with zeros around}
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

    /**
     * {@return (x − mean) / √(variance + eps) over the last axis, without a gain or an offset}
     *
     * @param eps keeps the divisor from zero
     */
    public Tensor layerNorm(double eps) {
        return of("layer_norm " + describe(), () -> torch.layer_norm(value, new long[]{value.size(-1)},
                new TensorOptional(), new TensorOptional(), eps, false));
    }

    /**
     * {@return x / √(mean of x² + eps) · gain, over the last axis}
     *
     * @param gain as long as that axis
     * @param eps keeps the divisor from zero
     */
    public Tensor rmsNorm(Tensor gain, double eps) {
        return of("rms_norm " + describe() + " by " + gain.describe(), () -> torch.rms_norm(value,
                new long[]{value.size(-1)}, new TensorOptional(gain.value), new DoubleOptional(eps)));
    }

    /** {@return GELU of each element, by the tanh approximation} */
    public Tensor gelu() {
        return of("gelu " + describe(), () -> torch.gelu(value, "tanh"));
    }

    /** {@return GELU of each element, by the error function} */
    public Tensor geluExact() {
        return of("gelu " + describe(), () -> torch.gelu(value, "none"));
    }

    /** {@return x · sigmoid(1.702 x) of each element x: the GELU of OpenAI's CLIP} */
    public Tensor quickGelu() {
        return of("quick gelu " + describe(),
                () -> torch.sigmoid(value.mul(new Scalar(1.702))).mul_(value));
    }

    /**
     * {@return GroupNorm of [batch, channels, …]: the channels of a group are normed together, over all that follows them}
     *
     * @param groups that the channels are divided into, in their order
     * @param gain [channels]
     * @param offset [channels]
     * @param eps keeps the divisor from zero
     */
    public Tensor groupNorm(int groups, Tensor gain, Tensor offset, double eps) {
        return of("group_norm " + describe() + " in " + groups, () -> torch.group_norm(value, groups,
                new TensorOptional(gain.value), new TensorOptional(offset.value), eps, false));
    }

    /**
     * {@return a copy of [batch, channels, frames, height, width] in which what is at the edges is repeated outwards}
     *
     * @param amounts six: before and after the width, the height, the frames
     */
    public Tensor padReplicated(long... amounts) {
        return of("pad " + describe(), () -> torch.replication_pad3d(value, amounts));
    }

    /**
     * {@return libtorch's own attention: softmax(q kᵀ / √d) v, [batch, heads, tokens, d]}
     *
     * @param query [batch, heads, tokens, d]
     * @param key [batch, heads, keys, d]
     * @param value [batch, heads, keys, d]
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value) {
        return scaledDotProductAttention(query, key, value, false);
    }

    /**
     * {@return that attention, with tokens that may see those before them only}
     *
     * @param query [batch, heads, tokens, d]
     * @param key [batch, heads, keys, d]
     * @param value [batch, heads, keys, d]
     * @param causal whether token i sees the keys up to i alone
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, boolean causal) {
        return of("attention " + query.describe() + " over " + key.describe(), () -> torch.scaled_dot_product_attention(
                query.value, key.value, value.value, new TensorOptional(), 0.0, causal, new DoubleOptional(), false));
    }

    /**
     * {@return that attention, with a mask of what is seen}
     *
     * @param query [batch, heads, tokens, d]
     * @param key [batch, heads, keys, d]
     * @param value [batch, heads, keys, d]
     * @param mask BOOL, as wide as [batch, heads, tokens, keys] when expanded: the keys that are seen
     */
    public static Tensor scaledDotProductAttention(Tensor query, Tensor key, Tensor value, Tensor mask) {
        return of("attention " + query.describe() + " over " + key.describe(),
                () -> torch.scaled_dot_product_attention(query.value, key.value, value.value,
                        new TensorOptional(mask.value), 0.0, false, new DoubleOptional(), false));
    }

    @Override
    public String toString() {
        return value.isNull() ? "freed tensor" : describe();
    }
}
