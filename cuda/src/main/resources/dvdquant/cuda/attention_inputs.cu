// Family (d): what comes before attention. All of it is bound by memory bandwidth.
//
// From q, k, v [tokens, WIDTH], WIDTH = heads · D, it makes what attention_sm90.cu reads:
//     y = rotary(x · gain / √(mean(x²) + epsilon)), the mean over all WIDTH channels of a token; for q and k
//     rotary: y[2i] = x[2i]·cos[2i] + x[2i+1]·sin[2i],  y[2i+1] = x[2i+1]·cos[2i+1] + x[2i]·sin[2i+1]; sin[2i] holds the minus sign;
//             cos, sin f32 [tokens, D], or null: none. gain f32 [WIDTH], or null: no norm.
//     z = H y in each head (k: H (y − mean of y over the tokens)), H the orthonormal Walsh–Hadamard matrix. Neither changes
//             softmax(q kᵀ): H is the same for q and k, and what is taken from every key adds one number to all of a row's logits.
//     q8 s8 [heads, tokens, D] = round(z / a), a = max|z| / 127 of a token and head; qScale f32 [heads, tokens] = a · factor
//     k8 s8 [heads, tokens, D], a of 128 tokens and a head; kScale f32 [heads, ⌈tokens/128⌉] = a
//     v8 s8 [heads, D, tokens padded to 128] = round((v − c) / a), c = (max + min) / 2 and a = (max − min) / 254 of a channel over all
//             tokens; padding zero; slot 4t + i of 16 keys holds key {2t, 2t+1, 8+2t, 9+2t}[i]
// Nothing is added up by atomics: the same input gives the same bytes.
//
// Kernels; bytes for WIDTH = 5,120 and 32,760 tokens in bf16 (one tensor: 335 MB; 8-bit codes: 168 MB), µs at 3 TB/s:
//     rms_norm_rotary       y of q or k in the type of x, for attention in 16 bits       335 + 335           224
//     attention_queries     q8, qScale                                                   335 + 168           168
//     attention_key_sums    1/√… of each token, partial column sums of y                 335                 112
//     attention_columns     sums → means of k; partial maxima → centre, scale of v       8 each              (small)
//     attention_keys        k8, kScale                                                   335 + 168           168
//     attention_value_range partial maxima and minima of columns                         335                 112
//     attention_values      v8                                                           335 + 168           168
// and cos, sin: 33 MB for each of the four that use them. Together 2.2 GB: 0.73 ms and small change.
//
// Macros: WIDTH (a multiple of D), D 128 or 64, IN_F32: x is f32 instead of bf16.
#include "device.cuh"

#ifndef WIDTH
#define WIDTH 5120
#endif
#ifndef D
#define D 128
#endif
#ifdef IN_F32
using In = float;
#else
using In = bf16;
#endif

constexpr int HEADS = WIDTH / D;
constexpr int LANES = D / 8;                       // threads that hold a head of a token, eight channels each
constexpr int VECTORS = WIDTH / 8;                 // of eight channels in a token
constexpr float MAGIC = 12582912.0f;               // 1.5 · 2²³: added to a small float it leaves the rounded integer in the low bits
constexpr int TILE = 128;                          // keys that share a scale
static_assert(WIDTH % D == 0 && (D == 128 || D == 64));

// ---- eight channels ------------------------------------------------------------------------------------------------------------

struct Eight {
    float x[8];
};

// Eight channels as they lie in memory.
struct Raw {
    uint4 words[sizeof(In) / 2];
};

__device__ __forceinline__ Raw loadRaw(const In* at) {
    Raw raw;
#pragma unroll
    for (int i = 0; i < int(sizeof(In) / 2); i++)
        raw.words[i] = loadStreaming(reinterpret_cast<const uint4*>(at) + i);
    return raw;
}

__device__ __forceinline__ Eight unpack(const Raw& raw) {
    if constexpr (sizeof(In) == 2) {
        const uint4 w = raw.words[0];
        return {{firstOfBf16(w.x), secondOfBf16(w.x), firstOfBf16(w.y), secondOfBf16(w.y), firstOfBf16(w.z), secondOfBf16(w.z),
                 firstOfBf16(w.w), secondOfBf16(w.w)}};
    } else {
        const uint4 a = raw.words[0], b = raw.words[sizeof(In) / 2 - 1];
        return {{__uint_as_float(a.x), __uint_as_float(a.y), __uint_as_float(a.z), __uint_as_float(a.w), __uint_as_float(b.x),
                 __uint_as_float(b.y), __uint_as_float(b.z), __uint_as_float(b.w)}};
    }
}

__device__ __forceinline__ Eight loadEight(const float* at) {
    const float4 a = reinterpret_cast<const float4*>(at)[0], b = reinterpret_cast<const float4*>(at)[1];
    return {{a.x, a.y, a.z, a.w, b.x, b.y, b.z, b.w}};
}

__device__ __forceinline__ void storeEight(float* at, const Eight& v) {
    reinterpret_cast<float4*>(at)[0] = make_float4(v.x[0], v.x[1], v.x[2], v.x[3]);
    reinterpret_cast<float4*>(at)[1] = make_float4(v.x[4], v.x[5], v.x[6], v.x[7]);
}

__device__ __forceinline__ void storeEight(bf16* at, const Eight& v) {
    *reinterpret_cast<uint4*>(at) = make_uint4(packBf16(v.x[0], v.x[1]), packBf16(v.x[2], v.x[3]), packBf16(v.x[4], v.x[5]),
                                               packBf16(v.x[6], v.x[7]));
}

__device__ __forceinline__ float sumOfSquares(const Eight& v) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < 8; i++)
        sum = fmaf(v.x[i], v.x[i], sum);
    return sum;
}

__device__ __forceinline__ float largestOf(const Eight& v) {
    float largest = 0;
#pragma unroll
    for (int i = 0; i < 8; i++)
        largest = fmaxf(largest, fabsf(v.x[i]));
    return largest;
}

__device__ __forceinline__ void normalize(Eight& v, float factor, const float* gain) {
    if (gain == nullptr)
        return;
    const Eight g = loadEight(gain);
#pragma unroll
    for (int i = 0; i < 8; i++)
        v.x[i] = v.x[i] * factor * g.x[i];
}

struct Rotation {
    Eight cosine, sine;
};

__device__ __forceinline__ void rotate(Eight& v, const Rotation& by) {
#pragma unroll
    for (int i = 0; i < 8; i += 2) {
        const float even = v.x[i], odd = v.x[i + 1];
        v.x[i] = fmaf(odd, by.sine.x[i], even * by.cosine.x[i]);
        v.x[i + 1] = fmaf(even, by.sine.x[i + 1], odd * by.cosine.x[i + 1]);
    }
}

// √D · H: three of log2(D) stages inside the thread, the others across the LANES threads of a head.
__device__ __forceinline__ void hadamard(Eight& v) {
#pragma unroll
    for (int step = 1; step < 8; step *= 2) {
#pragma unroll
        for (int i = 0; i < 8; i++) {
            if ((i & step) == 0) {
                const float a = v.x[i], b = v.x[i + step];
                v.x[i] = a + b;
                v.x[i + step] = a - b;
            }
        }
    }
#pragma unroll
    for (int step = 1; step < LANES; step *= 2) {
        const float sign = laneIndex() & step ? -1.0f : 1.0f;
#pragma unroll
        for (int i = 0; i < 8; i++)
            v.x[i] = fmaf(v.x[i], sign, __shfl_xor_sync(0xffffffffu, v.x[i], step));
    }
}

constexpr float NORM = D == 128 ? 0.08838834764831845f : 0.125f;      // 1/√D, which hadamard() leaves out

__device__ __forceinline__ float largestOfHead(float value) {
#pragma unroll
    for (int step = 1; step < LANES; step *= 2)
        value = fmaxf(value, __shfl_xor_sync(0xffffffffu, value, step));
    return value;
}

// round(x · inverse): at most 127 in size, as inverse is 127 / max|x|.
__device__ __forceinline__ uint2 quantize(const Eight& v, float inverse) {
    s32 c[8];
#pragma unroll
    for (int i = 0; i < 8; i++)
        c[i] = __float_as_int(fmaf(v.x[i], inverse, MAGIC));
    return make_uint2(packBytes(c[0], c[1], c[2], c[3]), packBytes(c[4], c[5], c[6], c[7]));
}

__device__ __forceinline__ float inverseOf(float largest) {
    return largest > 0 ? 127.0f / largest : 0.0f;
}

__device__ __forceinline__ float scaleOf(float largest) {
    return largest > 0 ? largest / 127.0f : 1.0f;
}

// ---- a warp has a token ----------------------------------------------------------------------------------------------------------
// Lane l holds vectors l, l + 32, …: of each of them it has the same eight places of a head, so that it needs one Rotation.

constexpr int OF_LANE = divideUp(VECTORS, 32);
constexpr int ROW_WARPS = 4;

struct Row {
    Raw raw[OF_LANE];
    float factor;                                  // 1/√(mean of squares + epsilon)
};

__device__ __forceinline__ bool hasVector(int i) {
    return VECTORS % 32 == 0 || i * 32 + int(laneIndex()) < VECTORS;
}

__device__ __forceinline__ void loadRow(Row& row, const In* x, bool norm, float epsilon) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < OF_LANE; i++) {
        if (hasVector(i))
            row.raw[i] = loadRaw(x + (i * 32 + laneIndex()) * 8);
        else
            row.raw[i] = Raw{};
    }
    if (norm) {
#pragma unroll
        for (int i = 0; i < OF_LANE; i++)
            sum += sumOfSquares(unpack(row.raw[i]));
        sum = warpSum(sum);
    }
    row.factor = rsqrtf(sum / WIDTH + epsilon);
}

__device__ __forceinline__ Rotation loadRotation(const float* cosine, const float* sine, int token, int lane) {
    if (cosine == nullptr)
        return Rotation{};
    const s64 at = s64(token) * D + lane % LANES * 8;
    return {loadEight(cosine + at), loadEight(sine + at)};
}

// Grid ⌈tokens / 4⌉, 128 threads. y may be x.
extern "C" __global__ void __launch_bounds__(ROW_WARPS * 32)
    rms_norm_rotary(const In* x, const float* gain, const float* cosine, const float* sine, In* y, int tokens, float epsilon) {
    const int token = blockIdx.x * ROW_WARPS + warpIndex();
    if (token >= tokens)
        return;
    const Rotation rotation = loadRotation(cosine, sine, token, laneIndex());
    Row row;
    loadRow(row, x + s64(token) * WIDTH, gain != nullptr, epsilon);
#pragma unroll
    for (int i = 0; i < OF_LANE; i++) {
        if (!hasVector(i))
            continue;
        const int channel = (i * 32 + laneIndex()) * 8;
        Eight v = unpack(row.raw[i]);
        normalize(v, row.factor, gain == nullptr ? nullptr : gain + channel);
        if (cosine != nullptr)
            rotate(v, rotation);
        storeEight(y + s64(token) * WIDTH + channel, v);
    }
}

// Grid ⌈tokens / 4⌉, 128 threads. factor: sm_scale · log2(e).
LAUNCH_SHAPE(attention_queries, ROW_WARPS * 32, 8, 0);

extern "C" __global__ void __launch_bounds__(ROW_WARPS * 32)
    attention_queries(const In* x, const float* gain, const float* cosine, const float* sine, s8* q8, float* qScale, int tokens,
                      float epsilon, float factor) {
    const int token = blockIdx.x * ROW_WARPS + warpIndex();
    if (token >= tokens)
        return;
    const int lane = laneIndex();
    const Rotation rotation = loadRotation(cosine, sine, token, lane);
    Row row;
    loadRow(row, x + s64(token) * WIDTH, gain != nullptr, epsilon);
#pragma unroll
    for (int i = 0; i < OF_LANE; i++) {
        const int vector = i * 32 + lane;
        Eight v = unpack(row.raw[i]);
        normalize(v, row.factor, gain == nullptr || !hasVector(i) ? nullptr : gain + vector * 8);
        if (cosine != nullptr)
            rotate(v, rotation);
        hadamard(v);
        const float largest = largestOfHead(largestOf(v));
        if (!hasVector(i))
            continue;
        const s64 place = s64(vector / LANES) * tokens + token;
        *reinterpret_cast<uint2*>(q8 + place * D + vector % LANES * 8) = quantize(v, inverseOf(largest));
        if (vector % LANES == 0)
            qScale[place] = scaleOf(largest * NORM) * factor;
    }
}

// ---- statistics of columns -------------------------------------------------------------------------------------------------------
// A block walks over a part of the tokens and keeps two vectors of eight columns a thread; attention_columns puts the parts together.

constexpr int COLUMN_VECTORS = VECTORS % (2 * LANES) == 0 && VECTORS >= 64 ? 2 : 1;   // of a thread
constexpr int COLUMN_THREADS_USED = VECTORS / COLUMN_VECTORS;
constexpr int COLUMN_THREADS = divideUp(COLUMN_THREADS_USED, 32) * 32;
constexpr int BATCH = 4;                           // tokens at a time, for loads in flight and fewer barriers

// Grid: parts (any number up to tokens), COLUMN_THREADS threads: WIDTH/16 rounded up to 32. partial [parts, WIDTH]; factors [tokens].
LAUNCH_SHAPE(attention_key_sums, COLUMN_THREADS, 2, 0);

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS)
    attention_key_sums(const In* x, const float* gain, const float* cosine, const float* sine, float* factors, float* partial,
                       int tokens, float epsilon) {
    __shared__ float squares[2][BATCH][COLUMN_THREADS / 32];
    const int begin = s64(tokens) * blockIdx.x / gridDim.x, end = s64(tokens) * (blockIdx.x + 1) / gridDim.x;
    const int thread = threadIdx.x, warp = thread / 32;
    const bool used = thread < COLUMN_THREADS_USED;
    Eight sums[COLUMN_VECTORS] = {}, gains[COLUMN_VECTORS] = {};
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; i++)
        if (used && gain != nullptr)
            gains[i] = loadEight(gain + (i * COLUMN_THREADS_USED + thread) * 8);
    int side = 0;
    for (int first = begin; first < end; first += BATCH, side ^= 1) {
        Raw raw[BATCH][COLUMN_VECTORS];
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
#pragma unroll
            for (int i = 0; i < COLUMN_VECTORS; i++) {
                raw[b][i] = Raw{};
                if (used && first + b < end)
                    raw[b][i] = loadRaw(x + s64(first + b) * WIDTH + (i * COLUMN_THREADS_USED + thread) * 8);
            }
        }
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
            float sum = 0;
#pragma unroll
            for (int i = 0; i < COLUMN_VECTORS; i++)
                sum += sumOfSquares(unpack(raw[b][i]));
            sum = warpSum(sum);
            if (thread % 32 == 0)
                squares[side][b][warp] = sum;
        }
        __syncthreads();
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
            if (first + b >= end)
                break;
            float sum = 0;
            for (int w = 0; w < COLUMN_THREADS / 32; w++)
                sum += squares[side][b][w];
            const float factor = gain == nullptr ? 1.0f : rsqrtf(sum / WIDTH + epsilon);
            if (thread == 0)
                factors[first + b] = factor;
            const Rotation rotation = loadRotation(cosine, sine, first + b, thread);
#pragma unroll
            for (int i = 0; i < COLUMN_VECTORS; i++) {
                Eight v = unpack(raw[b][i]);
                if (gain != nullptr)
#pragma unroll
                    for (int j = 0; j < 8; j++)
                        v.x[j] = v.x[j] * factor * gains[i].x[j];
                if (cosine != nullptr)
                    rotate(v, rotation);
#pragma unroll
                for (int j = 0; j < 8; j++)
                    sums[i].x[j] += v.x[j];
            }
        }
    }
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; i++)
        if (used)
            storeEight(partial + s64(blockIdx.x) * WIDTH + (i * COLUMN_THREADS_USED + thread) * 8, sums[i]);
}

// The same grid and threads. partial [2, parts, WIDTH]: maxima, then minima.
LAUNCH_SHAPE(attention_value_range, COLUMN_THREADS, 2, 0);

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS) attention_value_range(const In* x, float* partial, int tokens) {
    const int begin = s64(tokens) * blockIdx.x / gridDim.x, end = s64(tokens) * (blockIdx.x + 1) / gridDim.x;
    const int thread = threadIdx.x;
    if (thread >= COLUMN_THREADS_USED)
        return;
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; i++) {
        const int channel = (i * COLUMN_THREADS_USED + thread) * 8;
        Eight high, low;
#pragma unroll
        for (int j = 0; j < 8; j++) {
            high.x[j] = -infinity();
            low.x[j] = infinity();
        }
#pragma unroll 1
        for (int first = begin; first < end; first += 8) {
            Raw raw[8];
#pragma unroll
            for (int b = 0; b < 8; b++)            // at the end the last token is taken again
                raw[b] = loadRaw(x + s64(min(first + b, end - 1)) * WIDTH + channel);
#pragma unroll
            for (int b = 0; b < 8; b++) {
                const Eight v = unpack(raw[b]);
#pragma unroll
                for (int j = 0; j < 8; j++) {
                    high.x[j] = fmaxf(high.x[j], v.x[j]);
                    low.x[j] = fminf(low.x[j], v.x[j]);
                }
            }
        }
        storeEight(partial + s64(blockIdx.x) * WIDTH + channel, high);
        storeEight(partial + s64(gridDim.x + blockIdx.x) * WIDTH + channel, low);
    }
}

// Puts the parts together, always in the same order. Grid WIDTH / 32, 256 threads: lane = column, each warp has an eighth of the parts.
// range = 0: a = means of k [WIDTH]. range = 1: a = centres, b = scales of v [WIDTH].
LAUNCH_SHAPE(attention_columns, 256, 8, 0);

extern "C" __global__ void __launch_bounds__(256)
    attention_columns(const float* partial, float* a, float* b, int parts, int tokens, int range) {
    __shared__ float highs[8][32], lows[8][32];
    const int column = blockIdx.x * 32 + laneIndex(), warp = threadIdx.x / 32;
    float high = range ? -infinity() : 0, low = infinity();
    for (int part = warp; part < parts; part += 8) {
        const float value = partial[s64(part) * WIDTH + column];
        high = range ? fmaxf(high, value) : high + value;
        if (range)
            low = fminf(low, partial[s64(parts + part) * WIDTH + column]);
    }
    highs[warp][laneIndex()] = high;
    lows[warp][laneIndex()] = low;
    __syncthreads();
    if (warp != 0)
        return;
    for (int w = 1; w < 8; w++) {
        high = range ? fmaxf(high, highs[w][laneIndex()]) : high + highs[w][laneIndex()];
        low = fminf(low, lows[w][laneIndex()]);
    }
    if (range) {
        a[column] = 0.5f * (high + low);
        b[column] = high > low ? (high - low) * (1.0f / 254.0f) : 1.0f;
    } else {
        a[column] = high / float(tokens);
    }
}

// ---- keys ------------------------------------------------------------------------------------------------------------------------
// A block has 128 keys and walks over the heads, the next head's keys under way while it works on this one's; cos and sin of its keys
// wait in shared memory, as otherwise they would be four times k's bytes.

constexpr int KEY_THREADS = 512;
constexpr int AT_ONCE = KEY_THREADS / LANES;       // keys
constexpr int KEYS_OF_THREAD = TILE / AT_ONCE;

// Grid ⌈tokens / 128⌉, 512 threads, 2 · 128 · D · 4 bytes of dynamic shared memory with rotary, none without.
LAUNCH_SHAPE(attention_keys, KEY_THREADS, 1, 2 * TILE * D * 4);

extern "C" __global__ void __launch_bounds__(KEY_THREADS)
    attention_keys(const In* x, const float* gain, const float* cosine, const float* sine, const float* factors,
                   const float* means, s8* k8, float* kScale, int tokens) {
    extern __shared__ float4 angles[];             // cos, then sin: [vector half][key][lane], so that a warp reads without conflicts
    __shared__ float largests[2][KEY_THREADS / 32];
    const int thread = threadIdx.x, lane = thread % LANES, firstKey = blockIdx.x * TILE;
    constexpr int HALF = TILE * LANES;
    float factor[KEYS_OF_THREAD];
#pragma unroll
    for (int i = 0; i < KEYS_OF_THREAD; i++) {
        const int local = i * AT_ONCE + thread / LANES, key = firstKey + local;
        factor[i] = key < tokens ? factors[key] : 0.0f;
        if (cosine != nullptr) {                   // a thread reads only what it wrote: no barrier
            const Rotation r = key < tokens ? loadRotation(cosine, sine, key, lane) : Rotation{};
            float4* at = angles + local * LANES + lane;
            at[0] = make_float4(r.cosine.x[0], r.cosine.x[1], r.cosine.x[2], r.cosine.x[3]);
            at[HALF] = make_float4(r.cosine.x[4], r.cosine.x[5], r.cosine.x[6], r.cosine.x[7]);
            at[2 * HALF] = make_float4(r.sine.x[0], r.sine.x[1], r.sine.x[2], r.sine.x[3]);
            at[3 * HALF] = make_float4(r.sine.x[4], r.sine.x[5], r.sine.x[6], r.sine.x[7]);
        }
    }
    Raw next[KEYS_OF_THREAD];
    auto load = [&](int head) {
#pragma unroll
        for (int i = 0; i < KEYS_OF_THREAD; i++) {
            const int key = firstKey + i * AT_ONCE + thread / LANES;
            next[i] = Raw{};
            if (key < tokens)
                next[i] = loadRaw(x + s64(key) * WIDTH + head * D + lane * 8);
        }
    };
    load(0);
    for (int head = 0; head < HEADS; head++) {
        Eight v[KEYS_OF_THREAD];
#pragma unroll
        for (int i = 0; i < KEYS_OF_THREAD; i++)
            v[i] = unpack(next[i]);
        if (head + 1 < HEADS)
            load(head + 1);
        const Eight mean = loadEight(means + head * D + lane * 8);
        float largest = 0;
#pragma unroll
        for (int i = 0; i < KEYS_OF_THREAD; i++) {
            const int local = i * AT_ONCE + thread / LANES;
            normalize(v[i], factor[i], gain == nullptr ? nullptr : gain + head * D + lane * 8);
            if (cosine != nullptr) {
                const float4* at = angles + local * LANES + lane;
                const float4 c0 = at[0], c1 = at[HALF], s0 = at[2 * HALF], s1 = at[3 * HALF];
                rotate(v[i], {{{c0.x, c0.y, c0.z, c0.w, c1.x, c1.y, c1.z, c1.w}}, {{s0.x, s0.y, s0.z, s0.w, s1.x, s1.y, s1.z, s1.w}}});
            }
#pragma unroll
            for (int j = 0; j < 8; j++)
                v[i].x[j] = firstKey + local < tokens ? v[i].x[j] - mean.x[j] : 0.0f;
            hadamard(v[i]);
            largest = fmaxf(largest, largestOf(v[i]));
        }
        largest = warpMaximum(largest);
        if (thread % 32 == 0)
            largests[head % 2][thread / 32] = largest;
        __syncthreads();                           // two sides, so that one barrier a head is enough
        largest = warpMaximum(largests[head % 2][thread % (KEY_THREADS / 32)]);
        const float inverse = inverseOf(largest);
#pragma unroll
        for (int i = 0; i < KEYS_OF_THREAD; i++) {
            const int key = firstKey + i * AT_ONCE + thread / LANES;
            if (key < tokens)
                *reinterpret_cast<uint2*>(k8 + (s64(head) * tokens + key) * D + lane * 8) = quantize(v[i], inverse);
        }
        if (thread == 0)
            kScale[s64(head) * gridDim.x + blockIdx.x] = scaleOf(largest * NORM);
    }
}

// ---- values ----------------------------------------------------------------------------------------------------------------------
// A block has 128 keys of one head. A thread makes words of four keys (one quad thread's slots) for eight channels and leaves them in
// shared memory as rows of a channel; word w of channel 8g + i lies at w ^ 2g, which spreads a warp's writes over all banks.

constexpr int VALUE_THREADS = 256;

// Grid (⌈tokens / 128⌉, heads), 256 threads.
LAUNCH_SHAPE(attention_values, VALUE_THREADS, 4, 0);

extern "C" __global__ void __launch_bounds__(VALUE_THREADS)
    attention_values(const In* x, const float* centres, const float* scales, s8* v8, int tokens) {
    __shared__ alignas(16) u32 words[D][TILE / 4];
    const int head = blockIdx.y, firstKey = blockIdx.x * TILE;
    const int group = threadIdx.x % LANES;
    const Eight centre = loadEight(centres + head * D + group * 8);
    Eight inverse = loadEight(scales + head * D + group * 8);
#pragma unroll
    for (int j = 0; j < 8; j++)
        inverse.x[j] = 1.0f / inverse.x[j];
    constexpr int ITEMS = TILE / 4 * LANES / VALUE_THREADS;
    Raw raw[ITEMS][4];
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int word = item * (VALUE_THREADS / LANES) + threadIdx.x / LANES;
        const int key = firstKey + word / 4 * 16 + word % 4 * 2;
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const int token = key + i % 2 + i / 2 * 8;
            raw[item][i] = Raw{};
            if (token < tokens)
                raw[item][i] = loadRaw(x + s64(token) * WIDTH + head * D + group * 8);
        }
    }
#pragma unroll
    for (int item = 0; item < ITEMS; item++) {
        const int word = item * (VALUE_THREADS / LANES) + threadIdx.x / LANES;
        const int key = firstKey + word / 4 * 16 + word % 4 * 2;
        s32 codes[4][8];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            const Eight v = unpack(raw[item][i]);
            const bool valid = key + i % 2 + i / 2 * 8 < tokens;
#pragma unroll
            for (int j = 0; j < 8; j++)
                codes[i][j] = valid ? __float_as_int(fmaf(v.x[j] - centre.x[j], inverse.x[j], MAGIC)) : 0;
        }
#pragma unroll
        for (int j = 0; j < 8; j++)
            words[group * 8 + j][word ^ (group * 2 & 31)] = packBytes(codes[0][j], codes[1][j], codes[2][j], codes[3][j]);
    }
    __syncthreads();
    const s64 padded = s64(gridDim.x) * TILE;
#pragma unroll
    for (int i = threadIdx.x; i < D * 8; i += VALUE_THREADS) {
        const int channel = i / 8, chunk = i % 8, turn = channel / 8 * 2 & 31;
        uint4 four = *reinterpret_cast<const uint4*>(&words[channel][(chunk * 4) ^ (turn & 28)]);
        if (turn & 2)
            four = make_uint4(four.z, four.w, four.x, four.y);
        *reinterpret_cast<uint4*>(v8 + (s64(head) * D + channel) * padded + firstKey + chunk * 16) = four;
    }
}
