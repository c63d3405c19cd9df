// What layers in full precision need of tokens [tokens, CHANNELS], bf16 or f32, computed in f32:
//   layer_norm      result = (x − mean) / √(variance + eps) · gain + offset, gain and offset f32 [CHANNELS]; launched as row.cuh says
//   gelu            x = GELU(x) in place, by the tanh approximation
//   gated_residual  result = x + y · gate, gate f32 [CHANNELS], or x + y if it is null; result may be x or y
// The last two take any number of blocks of 256 threads.
//
// Macros: LAYER_NORM=1 and those of row.cuh for layer_norm, CHANNELS and INPUT_F32 for the others (which are left out of a module for
// layer_norm).
//
// Bytes a channel in bf16: 4, 4 and 6; at [32,760, 5120] 0.67, 0.67 and 1.0 GB.

#include "gelu.cuh"
#include "row.cuh"

__device__ __forceinline__ uint4 packed(const float* values) {
    if (INPUT_F32) {
        return make_uint4(__float_as_uint(values[0]), __float_as_uint(values[1]), __float_as_uint(values[2]),
                          __float_as_uint(values[3]));
    }
    return make_uint4(packBf16(values[0], values[1]), packBf16(values[2], values[3]), packBf16(values[4], values[5]),
                      packBf16(values[6], values[7]));
}

#if LAYER_NORM

LAUNCH_SHAPE(layer_norm, GROUPS * THREADS, RESIDENT, SHARED_BYTES);

extern "C" __global__ void __launch_bounds__(GROUPS* THREADS, RESIDENT)
    layer_norm(const Input* x, int tokens, const float* gain, const float* offset, float eps, Input* result) {
    Queue queue(x, tokens);
    Parameters::load(gain, offset);
    int turn = 0;
    for (int token = firstToken(); token < tokens; token += tokenStride()) {
        Channels values;
        queue.take(values);
        layerNorm(values, eps, turn);
        Input* to = result + s64(token) * CHANNELS + firstChannel();
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            const int unit = v * VECTOR / UNIT;
            const int i = v * VECTOR % UNIT;
            if (isActive()) *(uint4*)(to + unit * 4 * UNIT + i) = packed(&values[unit][i]);
        }
        turn++;
    }
}

#else

constexpr int AT_ONCE = 4;  // vectors that a thread has under way from memory

// Calls `apply` with the indices of all vectors of the tokens, up to AT_ONCE of them in one call.
template <class Apply>
__device__ __forceinline__ void forVectors(int tokens, Apply apply) {
    const s64 vectors = s64(tokens) * (CHANNELS / VECTOR);
    const s64 stride = s64(gridDim.x) * blockDim.x;
    for (s64 first = s64(blockIdx.x) * blockDim.x + threadIdx.x; first < vectors; first += AT_ONCE * stride) {
        apply(first, stride, vectors);
    }
}

LAUNCH_SHAPE(gelu, 256, 8, 0);

extern "C" __global__ void __launch_bounds__(256) gelu(Input* x, int tokens) {
    forVectors(tokens, [=](s64 first, s64 stride, s64 vectors) {
        uint4 loaded[AT_ONCE];
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const s64 at = first + k * stride;
            if (at < vectors) loaded[k] = ((const uint4*)x)[at];
        }
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const s64 at = first + k * stride;
            if (at >= vectors) continue;
            float values[VECTOR];
            Queue::unpack(loaded[k], values);
#pragma unroll
            for (int i = 0; i < VECTOR; i++) {
                values[i] = gelu(values[i]);
            }
            ((uint4*)x)[at] = packed(values);
        }
    });
}

LAUNCH_SHAPE(gated_residual, 256, 8, 0);

extern "C" __global__ void __launch_bounds__(256)
    gated_residual(const Input* x, const Input* y, const float* gate, int tokens, Input* result) {
    forVectors(tokens, [=](s64 first, s64 stride, s64 vectors) {
        uint4 loadedX[AT_ONCE];
        uint4 loadedY[AT_ONCE];
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const s64 at = first + k * stride;
            if (at >= vectors) continue;
            loadedX[k] = ((const uint4*)x)[at];
            loadedY[k] = ((const uint4*)y)[at];
        }
#pragma unroll
        for (int k = 0; k < AT_ONCE; k++) {
            const s64 at = first + k * stride;
            if (at >= vectors) continue;
            float xs[VECTOR];
            float ys[VECTOR];
            Queue::unpack(loadedX[k], xs);
            Queue::unpack(loadedY[k], ys);
            const int channel = at % (CHANNELS / VECTOR) * VECTOR;
#pragma unroll
            for (int i = 0; i < VECTOR; i += 4) {
                const float4 gates = gate == nullptr ? make_float4(1, 1, 1, 1) : *(const float4*)(gate + channel + i);
                xs[i] = __fmaf_rn(ys[i], gates.x, xs[i]);
                xs[i + 1] = __fmaf_rn(ys[i + 1], gates.y, xs[i + 1]);
                xs[i + 2] = __fmaf_rn(ys[i + 2], gates.z, xs[i + 2]);
                xs[i + 3] = __fmaf_rn(ys[i + 3], gates.w, xs[i + 3]);
            }
            ((uint4*)result)[at] = packed(xs);
        }
    });
}

#endif
