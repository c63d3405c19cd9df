// Quantizes activations for an integer product, in one pass: a prologue, the rotation x·D·H, codes and scales by token.
//
//   x        [tokens, CHANNELS], bf16 or f32
//   codes    s8 [tokens, CHANNELS], scales f32 [tokens]: value ≈ code · scale of the token
//   rotation D: channel c is negated if bit c % 8 of negated[c / 8] is set; H: orthonormal Walsh–Hadamard matrices of ROTATION
//            channels. Normalized before the levels, which run from distance 1 up, as in the reference: the same bits.
//   scale    of a token (or, SCHEME 2, of all): s = largest magnitude · clip / (2ᵇ⁻¹ − 1), or 1 if all is zero
//   code     clamp(round(value / s)) to −2ᵇ⁻¹ … 2ᵇ⁻¹ − 1, to nearest, ties to even, the quotient rounded to f32 first
//   SCHEME 1 a block of MULTIPLIER_BLOCK channels has the step s · m / 15, m = ⌈15 · its magnitude / the token's⌉ of 1 … 15; stored is
//            code · m, and s / 15 as the scale
// A NaN or infinity among a token's channels makes its scale NaN or infinite.
//
// Macros, beside those of row.cuh:
//   PROLOGUE          0 none; 1 LayerNorm: (x − mean) / √(variance + eps) · gain + offset, f32 [CHANNELS] both; 2 GELU (tanh)
//   ROTATION          0 none; 32, 64, 128 or 256
//   SCHEME            0 a scale a token; 1 multipliers a block (BITS ≤ 4); 2 one scale: `absmax` first, then `quantize`
//   BITS              2 … 8
//   MULTIPLIER_BLOCK  a power of two from 8 to 8 · SPAN (512 or 1,024) that divides CHANNELS; 128
// Launch as row.cuh says. `absmax` (SCHEME 2) raises *magnitude, the bits of a float that starts as 0, to the largest magnitude after
// prologue and rotation; a maximum does not depend on the order. For `quantize` magnitude is null except with SCHEME 2.
//
// Moves 3 bytes a channel (bf16) or 5 (f32): 503 MB at [32,760, 5120] in bf16. Arithmetic is 20 to 30 instructions a channel, so at
// 3 TB/s an H100's multiprocessors issue in three of four cycles: every instruction here counts.

#ifndef PROLOGUE
#define PROLOGUE 0
#endif
#ifndef ROTATION
#define ROTATION 128
#endif
#ifndef SCHEME
#define SCHEME 0
#endif
#ifndef MULTIPLIER_BLOCK
#define MULTIPLIER_BLOCK 128
#endif
#define LAYER_NORM (PROLOGUE == 1)
// Without a prologue 16 channels a thread are faster than 32 (0.218 ms, not 0.229, at 5,120), except where a block would come near
// 1,024 threads, or have few. Blocks with multipliers of more than 512 channels need 32.
#if PROLOGUE == 0 && CHANNELS > 4096 && CHANNELS < 15360 && MULTIPLIER_BLOCK <= 512 && !defined(PER_THREAD)
#define PER_THREAD 16
#endif

#include "gelu.cuh"
#include "row.cuh"

static_assert(ROTATION == 0 || CHANNELS % ROTATION == 0, "a rotation's block divides the channels");
static_assert(SCHEME != 1 || (BITS <= 4 && CHANNELS % MULTIPLIER_BLOCK == 0 && MULTIPLIER_BLOCK >= UNIT
                              && MULTIPLIER_BLOCK <= 8 * SPAN), "blocks with multipliers");

constexpr int LOWEST = -(1 << (BITS - 1));
constexpr int HIGHEST = (1 << (BITS - 1)) - 1;
constexpr int WHOLE = 15;           // the multiplier that stands for the whole scale
constexpr float ROUND = 12582912;   // 1.5 · 2²³: a sum with it is rounded to an integer, which its low bits hold
constexpr float LEAST_EXACT = 8.673617e-19f;  // 2⁻⁶⁰: a division by less might underflow on the way
constexpr float LIFT = 18446744073709551616.0f;  // 2⁶⁴

__device__ __forceinline__ float leastFloat() {
    return __uint_as_float(1);
}

// One bit for each of a thread's channels: unit u's are bits 8u … 8u + 7.
__device__ __forceinline__ u32 loadSigns(const u8* negated) {
    u32 bits = 0;
    if (ROTATION > 0 && isActive()) {
#pragma unroll
        for (int u = 0; u < UNITS; u++) {
            bits |= u32(negated[firstChannel() / 8 + 4 * u]) << (8 * u);
        }
    }
    return bits;
}

__host__ __device__ constexpr float normalization(int order) {
    return order == 32 ? 0.17677669529663689f : order == 64 ? 0.125f : order == 128 ? 0.08838834764831845f : 0.0625f;
}

__device__ __forceinline__ void multiplyBySigns(Channels& values, u32 negated) {
    const u32 one = __float_as_uint(normalization(ROTATION));
    asm volatile("" : "+r"(negated));  // or the compiler keeps all the factors from token to token, and has no registers left
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            const u32 sign = negated << (31 - (UNIT * u + i)) & 0x80000000u;
            values[u][i] = __fmul_rn(values[u][i], __uint_as_float(one ^ sign));
        }
    }
}

__device__ __forceinline__ void sumAndDifference(float& a, float& b) {
    const float difference = __fadd_rn(a, -b);
    a = __fadd_rn(a, b);
    b = difference;
}

// The lanes that hold channels `distance` apart, or 0 if one thread holds both.
__host__ __device__ constexpr int laneDistance(int distance) {
    return distance < UNIT ? 0 : distance < 32 ? distance / UNIT : distance < SPAN ? 0 : distance / SPAN * 4;
}

// One level of the transform: a + b and a − b of all channels that lie `Distance` apart.
template <int Distance>
__device__ __forceinline__ void level(Channels& values) {
    constexpr int lanes = laneDistance(Distance);
    const float sign = laneIndex() & lanes ? -1.0f : 1.0f;
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            if constexpr (lanes > 0) {
                const float other = __shfl_xor_sync(0xffffffffu, values[u][i], lanes);
                values[u][i] = __fmaf_rn(values[u][i], sign, other);
            } else if constexpr (Distance < UNIT) {
                if (i & Distance) continue;
                sumAndDifference(values[u][i], values[u][i + Distance]);
            } else {
                if (u & (Distance / 32)) continue;
                sumAndDifference(values[u][i], values[u + Distance / 32][i]);
            }
        }
    }
}

template <int Distance = 1>
__device__ __forceinline__ void transform(Channels& values) {
    if constexpr (Distance < ROTATION) {
        level<Distance>(values);
        transform<2 * Distance>(values);
    }
}

__device__ __forceinline__ void prepare(Channels& values, float eps, u32 negated, int turn) {
#if PROLOGUE == 1
    layerNorm(values, eps, turn);
#elif PROLOGUE == 2
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            values[u][i] = gelu(values[u][i]);
        }
    }
#endif
    if (ROTATION > 0) {
        multiplyBySigns(values, negated);
        transform(values);
    }
}

// Units of a thread that share a multiplier, and the magnitudes that a thread keeps therefore.
constexpr int SHARING = SCHEME != 1 ? UNITS : maximum(1, minimum(UNITS, MULTIPLIER_BLOCK / 32));
constexpr int PARTS = UNITS / SHARING;

struct Magnitudes {
    float parts[PARTS];  // of the blocks that this thread's units lie in
    float whole;         // of this thread's channels, later of the token

    __device__ __forceinline__ explicit Magnitudes(const Channels& values) {
#pragma unroll
        for (int p = 0; p < PARTS; p++) {
            parts[p] = 0;
#pragma unroll
            for (int u = p * SHARING; u < (p + 1) * SHARING; u++) {
#pragma unroll
                for (int i = 0; i < UNIT; i++) {
                    parts[p] = maximumOrNan(parts[p], fabsf(values[u][i]));
                }
            }
            if (SCHEME == 1) parts[p] = overBlock(parts[p]);
            whole = p == 0 ? parts[0] : maximumOrNan(whole, parts[p]);
        }
    }

    __device__ __forceinline__ static float overBlock(float magnitude) {
#pragma unroll
        for (int distance = UNIT; distance < MULTIPLIER_BLOCK; distance *= 2) {
            const int lanes = laneDistance(distance);
            if (lanes > 0) magnitude = maximumOrNan(magnitude, __shfl_xor_sync(0xffffffffu, magnitude, lanes));
        }
        return magnitude;
    }

    // As bits magnitudes are in order, NaN the largest.
    __device__ __forceinline__ static float overWarp(float magnitude) {
        return __uint_as_float(__reduce_max_sync(0xffffffffu, __float_as_uint(magnitude)));
    }

    // Joins what the group's warps have found. Two places, used in turn, as fast warps may be a token ahead of slow ones.
    __device__ __forceinline__ void overToken(int turn) {
        __shared__ float exchanged[GROUPS][2][WARPS];
        whole = overWarp(whole);
        if (WARPS == 1) return;
        float* warps = exchanged[group()][turn % 2];
        if (laneIndex() == 0) warps[threadOfGroup() / 32] = whole;
        synchronizeGroup();
        whole = overWarp(warps[laneIndex() < WARPS ? laneIndex() : 0]);
    }
};

// What one unit of a code is worth.
__device__ __forceinline__ float scaleOf(float magnitude, float clip) {
    const float clipped = maximumOrNan(__fmul_rn(magnitude, clip), leastFloat());
    return magnitude == 0 ? 1 : maximumOrNan(__fdiv_rn(clipped, HIGHEST), leastFloat());
}

__device__ __forceinline__ float multiplierOf(float block, float token) {
    const float multiplier = ceilf(__fmul_rn(__fdiv_rn(block, token), WHOLE));
    return token == 0 ? WHOLE : fminf(fmaxf(multiplier, 1), WHOLE);
}

__device__ __forceinline__ float stepOf(float scale, float multiplier) {
    return multiplier == WHOLE ? scale : maximumOrNan(__fdiv_rn(__fmul_rn(scale, multiplier), WHOLE), leastFloat());
}

// Where values are clipped, and where steps are so small that the product with a reciprocal might underflow: bounds the values and
// lifts both by a power of two. Neither changes a code.
__device__ __forceinline__ void bound(Channels& values, int part, float& step, float lift) {
    step *= lift;
#pragma unroll
    for (int u = part * SHARING; u < (part + 1) * SHARING; u++) {
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            values[u][i] = fminf(fmaxf(values[u][i] * lift, LOWEST * step), HIGHEST * step);
        }
    }
}

// The code in the low byte.
__device__ __forceinline__ u32 encode(float value, float step, float reciprocal, float multiplier) {
    const float rounded = __fadd_rn(divide(value, step, reciprocal), ROUND);
    if (SCHEME != 1) return __float_as_uint(rounded);
    // (ROUND + code) · m − ROUND · (m − 1), exactly.
    return __float_as_uint(__fmaf_rn(rounded, multiplier, ROUND - ROUND * multiplier));
}

__device__ __forceinline__ u32 encodeFour(const float* values, float step, float reciprocal, float multiplier) {
    return packBytes(encode(values[0], step, reciprocal, multiplier), encode(values[1], step, reciprocal, multiplier),
                     encode(values[2], step, reciprocal, multiplier), encode(values[3], step, reciprocal, multiplier));
}

__device__ __forceinline__ void encodeToken(Channels& values, const Magnitudes& magnitudes, float scale, float clip, s8* codes) {
    const bool tiny = scale < LEAST_EXACT;
#pragma unroll
    for (int p = 0; p < PARTS; p++) {
        const float multiplier = SCHEME == 1 ? multiplierOf(magnitudes.parts[p], magnitudes.whole) : 1;
        float step = SCHEME == 1 ? stepOf(scale, multiplier) : scale;
        if (tiny || clip < 1) bound(values, p, step, tiny ? LIFT : 1);
        const float reciprocal = __frcp_rn(step);
#pragma unroll
        for (int u = p * SHARING; u < (p + 1) * SHARING; u++) {
            const uint2 eight = make_uint2(encodeFour(values[u], step, reciprocal, multiplier),
                                           encodeFour(values[u] + 4, step, reciprocal, multiplier));
            if (isActive()) *(uint2*)(codes + firstChannel() + 4 * UNIT * u) = eight;
        }
    }
}

LAUNCH_SHAPE(quantize, GROUPS * THREADS, RESIDENT, SHARED_BYTES);

extern "C" __global__ void __launch_bounds__(GROUPS* THREADS, RESIDENT)
    quantize(const Input* x, int tokens, const float* gain, const float* offset, float eps, const u8* negated, float clip,
             const float* magnitude, s8* codes, float* scales) {
    Queue queue(x, tokens);
#if LAYER_NORM
    Parameters::load(gain, offset);
#endif
    const u32 signs = loadSigns(negated);
    int turn = 0;
    for (int token = firstToken(); token < tokens; token += tokenStride()) {
        Channels values;
        queue.take(values);
        prepare(values, eps, signs, turn);
        Magnitudes magnitudes(values);
        if (SCHEME == 2) {
            magnitudes.whole = *magnitude;
            asm volatile("" : "+f"(magnitudes.whole), "+f"(values[0][0]));  // not sooner: registers are scarce
        } else {
            magnitudes.overToken(turn);
        }
        const float scale = scaleOf(magnitudes.whole, clip);
        encodeToken(values, magnitudes, scale, clip, codes + s64(token) * CHANNELS);
        if (threadOfGroup() == 0) scales[token] = SCHEME == 1 ? __fdiv_rn(scale, WHOLE) : scale;
        turn++;
    }
}

#if SCHEME == 2
LAUNCH_SHAPE(absmax, GROUPS * THREADS, maximum(1, RESIDENT / 2), SHARED_BYTES);

// The compiler wants more registers for this than for `quantize`.
extern "C" __global__ void __launch_bounds__(GROUPS* THREADS, maximum(1, RESIDENT / 2))
    absmax(const Input* x, int tokens, const float* gain, const float* offset, float eps, const u8* negated, u32* magnitude) {
    Queue queue(x, tokens);
#if LAYER_NORM
    Parameters::load(gain, offset);
#endif
    const u32 signs = loadSigns(negated);
    float largest = 0;
    int turn = 0;
    for (int token = firstToken(); token < tokens; token += tokenStride()) {
        Channels values;
        queue.take(values);
        prepare(values, eps, signs, turn);
        largest = maximumOrNan(largest, Magnitudes(values).whole);
        turn++;
    }
    largest = Magnitudes::overWarp(largest);
    if (laneIndex() == 0) atomicMax(magnitude, __float_as_uint(largest));
}
#endif
