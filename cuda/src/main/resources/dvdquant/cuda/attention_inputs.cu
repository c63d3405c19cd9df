// What comes before attention in 8 bits. All of it is bound by memory bandwidth.
//
// From q, k, v [tokens, WIDTH], WIDTH = heads · D, it makes what attention_sm90.cu reads:
//     y = rotary(x · gain / √(mean(x²) + epsilon)), the mean over all WIDTH channels of a token; for q and k
//     rotary: y[2i] = x[2i]·c − x[2i+1]·s,  y[2i+1] = x[2i+1]·c + x[2i]·s,  c = cos[2i], s = sin[2i+1];
//             cos, sin f32 [tokens, D] hold each number twice (sin[2i] = −s), or null: none. gain f32 [WIDTH], or null: no norm.
//     z = H y in each head (k: H (y − mean of y over the tokens)), H the orthonormal Walsh–Hadamard matrix. Neither changes
//             softmax(q kᵀ): H is the same for q and k, and what is taken from every key adds one number to a row's logits.
//     q8 s8 [heads, tokens, D] = round(z / a), a = max|z| / 127 of a token and head; qScale f32 [heads, tokens] = a · factor
//     k8 s8 [heads, tokens, D], a of 32 tokens and a head; kScale f32 [heads, ⌈tokens/128⌉, 4] = a
//             both with a head's channels in the same other order: see storeCodes()
//     v8 s8 [heads, D, tokens padded to 128] = round((v − c) / a), c = (max + min) / 2 and a = (max − min) / 254 of a channel
//             over all tokens; padding zero; slot 4t + i of 16 keys holds key {2t, 2t+1, 8+2t, 9+2t}[i]
// Nothing is added up by atomics: the same input gives the same bytes. A NaN among a head's queries or keys makes their scale NaN, and
// one among the values the channel's centre, so that attention does not hide it.
//
// Kernels; bytes for WIDTH = 5,120 and 32,760 tokens in bf16 (one tensor: 335 MB; 8-bit codes: 168 MB), µs at 3 TB/s:
//     attention_queries     q8, qScale                                                   335 + 168           168
//     attention_key_sums    1/√… of each token, partial column sums of y                 335                 112
//     attention_columns     sums → means of k; partial maxima → centre, scale of v       8 each              (small)
//     attention_keys        k8, kScale                                                   335 + 168           168
//     attention_value_range partial maxima and minima of columns                         335                 112
//     attention_values      v8                                                           335 + 168           168
// and cos, sin: 33 MB for each of the three that use them. Together 2.2 GB: 0.73 ms and small change.
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
constexpr int WORDS = sizeof(In) / 2;              // of 16 bytes, in eight channels
constexpr int VECTORS = WIDTH / 8;                 // of eight channels in a token
constexpr float MAGIC = 12582912.0f;               // 1.5 · 2²³: a small float plus it has the rounded integer in the low bits
constexpr int TILE = 128;                          // keys of a block
constexpr int KEYS_A_SCALE = 32;
static_assert(WIDTH % D == 0 && (D == 128 || D == 64));

// ---- eight channels -------------------------------------------------------------------------------------------------------

extern __shared__ uint4 sharedVectors[];

struct Eight {
    float x[8];
};

// Eight channels as they lie in memory.
struct Raw {
    uint4 words[WORDS];
};

__device__ __forceinline__ Raw loadRaw(const In* at) {
    Raw raw;
#pragma unroll
    for (int i = 0; i < WORDS; i++)
        raw.words[i] = loadStreaming(reinterpret_cast<const uint4*>(at) + i);
    return raw;
}

__device__ __forceinline__ Eight unpack(const Raw& raw) {
    if constexpr (sizeof(In) == 2) {
        const uint4 w = raw.words[0];
        return {{firstOfBf16(w.x), secondOfBf16(w.x), firstOfBf16(w.y), secondOfBf16(w.y), firstOfBf16(w.z), secondOfBf16(w.z),
                 firstOfBf16(w.w), secondOfBf16(w.w)}};
    } else {
        const uint4 a = raw.words[0], b = raw.words[WORDS - 1];
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

__device__ __forceinline__ float sumOfSquares(const Eight& v) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < 8; i++)
        sum = fmaf(v.x[i], v.x[i], sum);
    return sum;
}

// ---- a thread's part of a head --------------------------------------------------------------------------------------------
// D / 32 neighbouring threads hold a head of a token: four times eight channels each, so that only two (one) of the transform's
// stages cross threads. It comes by way of shared memory, where each thread reads what it asked for itself: no barrier, and many
// bytes under way that occupy no registers.

constexpr int PART = 32;                           // channels
constexpr int SHARERS = D / PART;                  // threads of a head
constexpr int PIECES = PART / 8 * WORDS;           // of 16 bytes

struct Part {
    float x[PART];
};

// The first of the thread's eight channels number `eight`.
__device__ __forceinline__ int channelOf(int eight, int sharer) {
    return (eight * SHARERS + sharer) * 8;
}

// To `at`, at + threads, at + 2 · threads, …; zeros where not valid.
__device__ __forceinline__ void ask(uint4* at, int threads, const In* head, int sharer, bool valid) {
#pragma unroll
    for (int i = 0; i < PIECES; i++)
        copyAsync16(sharedAddress(at + i * threads), head + channelOf(i / WORDS, sharer) + i % WORDS * 4, valid);
}

__device__ __forceinline__ Part take(const uint4* at, int threads) {
    Part v;
#pragma unroll
    for (int eight = 0; eight < PART / 8; eight++) {
        Raw raw;
#pragma unroll
        for (int i = 0; i < WORDS; i++)
            raw.words[i] = at[(eight * WORDS + i) * threads];
        const Eight some = unpack(raw);
#pragma unroll
        for (int i = 0; i < 8; i++)
            v.x[eight * 8 + i] = some.x[i];
    }
    return v;
}

__device__ __forceinline__ float sumOfSquares(const Part& v) {
    float sum = 0;
#pragma unroll
    for (int i = 0; i < PART; i++)
        sum = fmaf(v.x[i], v.x[i], sum);
    return sum;
}

// The angles of a thread's channels, the same in every head of a token; times a factor.
struct Rotation {
    float cosine[PART / 2], sine[PART / 2];
};

__device__ __forceinline__ Rotation loadRotation(const float* cosine, const float* sine, int token, int sharer, float factor) {
    Rotation rotation;
#pragma unroll
    for (int i = 0; i < PART / 2; i++) {
        const s64 at = s64(token) * D + channelOf(i / 4, sharer) + i % 4 * 2;
        rotation.cosine[i] = cosine == nullptr ? factor : factor * cosine[at];
        rotation.sine[i] = cosine == nullptr ? 0.0f : factor * sine[at + 1];
    }
    return rotation;
}

// Gain (or null), rotation, less the means (or null) of this head.
__device__ __forceinline__ void turn(Part& v, const float* gain, const Rotation& by, const float* means, int sharer) {
#pragma unroll
    for (int eight = 0; eight < PART / 8; eight++) {
        Eight mean = {};
        if (means != nullptr)
            mean = loadEight(means + channelOf(eight, sharer));
        if (gain != nullptr) {
            const Eight g = loadEight(gain + channelOf(eight, sharer));
#pragma unroll
            for (int i = 0; i < 8; i++)
                v.x[eight * 8 + i] *= g.x[i];
        }
#pragma unroll
        for (int i = 0; i < 8; i += 2) {
            const int at = eight * 8 + i;
            const float even = v.x[at], odd = v.x[at + 1], c = by.cosine[at / 2], s = by.sine[at / 2];
            v.x[at] = fmaf(even, c, fmaf(-odd, s, -mean.x[i]));
            v.x[at + 1] = fmaf(odd, c, fmaf(even, s, -mean.x[i + 1]));
        }
    }
}

// √D · H: five stages inside the thread, the others across the head's threads.
__device__ __forceinline__ void hadamard(Part& v) {
#pragma unroll
    for (int step = 1; step < PART; step *= 2) {
#pragma unroll
        for (int i = 0; i < PART; i++) {
            if ((i & step) == 0) {
                const float a = v.x[i], b = v.x[i + step];
                v.x[i] = a + b;
                v.x[i + step] = a - b;
            }
        }
    }
#pragma unroll
    for (int step = 1; step < SHARERS; step *= 2) {
        const float sign = laneIndex() & step ? -1.0f : 1.0f;
#pragma unroll
        for (int i = 0; i < PART; i++)
            v.x[i] = fmaf(v.x[i], sign, __shfl_xor_sync(0xffffffffu, v.x[i], step));
    }
}

constexpr float NORM = D == 128 ? 0.08838834764831845f : 0.125f;      // 1/√D, which hadamard() leaves out

__device__ __forceinline__ float largestOf(const Part& v) {
    float largest = 0;
#pragma unroll
    for (int i = 0; i < PART; i++)
        largest = maximumOrNan(largest, fabsf(v.x[i]));
    return largest;
}

// Numbers that are not negative are ordered as their bits are, NaN the largest.
__device__ __forceinline__ float largestOfWarp(float value) {
    return __uint_as_float(__reduce_max_sync(0xffffffffu, __float_as_uint(value)));
}

// round(x · inverse), at most 127 in size, as inverse is 127 / max|x|: the first and the last sixteen codes of each of a head's
// threads lie together, for whole sectors. The order is the same for q and k, and q kᵀ does not depend on it.
__device__ __forceinline__ void storeCodes(s8* head, const Part& v, float inverse, int sharer) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
        s32 c[16];
#pragma unroll
        for (int i = 0; i < 16; i++)
            c[i] = __float_as_int(fmaf(v.x[half * 16 + i], inverse, MAGIC));
        reinterpret_cast<uint4*>(head)[half * SHARERS + sharer] =
            make_uint4(packBytes(c[0], c[1], c[2], c[3]), packBytes(c[4], c[5], c[6], c[7]), packBytes(c[8], c[9], c[10], c[11]),
                       packBytes(c[12], c[13], c[14], c[15]));
    }
}

__device__ __forceinline__ float inverseOf(float largest) {
    return largest > 1e-30f ? 127.0f / largest : 0.0f;
}

__device__ __forceinline__ float scaleOf(float largest) {
    return largest == 0 ? 1.0f : largest / 127.0f;
}

// ---- queries --------------------------------------------------------------------------------------------------------------
// A warp has a token and walks over its heads, several at once. What the norm divides by is the same for all of a token's
// channels, so that it changes no code: it is applied to the scales when the last head has been seen.

constexpr int ROW_WARPS = 4;
constexpr int HEADS_AT_ONCE = 32 / SHARERS;
constexpr int STEPS = divideUp(HEADS, HEADS_AT_ONCE);
constexpr int QUERY_SLOTS = minimum(STEPS, 5);     // steps under way
constexpr int QUERY_BYTES = ROW_WARPS * QUERY_SLOTS * PIECES * 32 * 16;
constexpr int QUERY_BLOCKS = WORDS == 1 ? 5 : 2;

// Grid ⌈tokens / 4⌉. factor: sm_scale · log2(e).
LAUNCH_SHAPE(attention_queries, ROW_WARPS * 32, QUERY_BLOCKS, QUERY_BYTES);

extern "C" __global__ void __launch_bounds__(ROW_WARPS * 32, QUERY_BLOCKS)
    attention_queries(const In* x, const float* gain, const float* cosine, const float* sine, s8* q8, float* qScale, int tokens,
                      float epsilon, float factor) {
    __shared__ float largests[ROW_WARPS][HEADS], factors[ROW_WARPS];
    const int lane = laneIndex(), warp = threadIdx.x / 32, sharer = lane % SHARERS, firstToken = blockIdx.x * ROW_WARPS;
    const int token = min(firstToken + warp, tokens - 1);      // at the end some warps do the last token again
    const In* row = x + s64(token) * WIDTH;
    uint4* slots = sharedVectors + warp * QUERY_SLOTS * PIECES * 32 + lane;
    auto askFor = [&](int step) {
        const int head = step * HEADS_AT_ONCE + lane / SHARERS;
        if (step < STEPS)
            ask(slots + step % QUERY_SLOTS * (PIECES * 32), 32, row + min(head, HEADS - 1) * D, sharer, head < HEADS);
        copyAsyncCommit();
    };
#pragma unroll
    for (int step = 0; step < QUERY_SLOTS; step++)
        askFor(step);
    const Rotation rotation = loadRotation(cosine, sine, token, sharer, 1.0f);
    float squares = 0;
#pragma unroll 1
    for (int step = 0; step < STEPS; step++) {
        const int head = step * HEADS_AT_ONCE + lane / SHARERS;
        copyAsyncWait<QUERY_SLOTS - 1>();
        Part v = take(slots + step % QUERY_SLOTS * (PIECES * 32), 32);
        squares += sumOfSquares(v);
        askFor(step + QUERY_SLOTS);
        turn(v, gain == nullptr ? nullptr : gain + min(head, HEADS - 1) * D, rotation, nullptr, sharer);
        hadamard(v);
        float largest = largestOf(v);
#pragma unroll
        for (int other = 1; other < SHARERS; other *= 2)
            largest = maximumOrNan(largest, __shfl_xor_sync(0xffffffffu, largest, other));
        if (head < HEADS) {
            storeCodes(q8 + (s64(head) * tokens + token) * D, v, inverseOf(largest), sharer);
            largests[warp][head] = largest;
        }
    }
    squares = warpSum(squares);
    if (lane == 0)
        factors[warp] = gain == nullptr ? 1.0f : rsqrtf(squares / WIDTH + epsilon);
    __syncthreads();
    for (int i = threadIdx.x; i < HEADS * ROW_WARPS; i += ROW_WARPS * 32) {
        const int head = i / ROW_WARPS, local = i % ROW_WARPS;
        if (firstToken + local < tokens)
            qScale[s64(head) * tokens + firstToken + local] = scaleOf(largests[local][head] * factors[local] * NORM) * factor;
    }
}

// ---- statistics of columns ------------------------------------------------------------------------------------------------
// A block walks over a part of the tokens and keeps two vectors of eight columns a thread; attention_columns puts the parts
// together.

constexpr int COLUMN_VECTORS = VECTORS % (2 * LANES) == 0 && VECTORS >= 64 ? 2 : 1;   // of a thread
constexpr int COLUMN_THREADS_USED = VECTORS / COLUMN_VECTORS;
constexpr int COLUMN_THREADS = divideUp(COLUMN_THREADS_USED, 32) * 32;

// Rows of x wait in shared memory, each thread's columns where it asked for them, and the angles of the same tokens, which all
// threads read; a place more for these, as a thread may be ahead of the others by less than a batch.
constexpr int ROW_BYTES = COLUMN_THREADS * COLUMN_VECTORS * WORDS * 16;
constexpr int ROOM = 96 << 10;
constexpr int BATCH = ROOM >= 8 * ROW_BYTES ? 4 : ROOM >= 4 * ROW_BYTES ? 2 : 1;      // tokens at a time, for fewer barriers
constexpr int SUM_SLOTS = minimum(8, maximum(2, ROOM / (BATCH * ROW_BYTES)));         // batches under way
constexpr int SLOT = BATCH * ROW_BYTES / 16;       // of 16 bytes, as the next
constexpr int ANGLES = BATCH * D / 2;
constexpr int SUM_BYTES = (SUM_SLOTS * SLOT + (SUM_SLOTS + 1) * ANGLES) * 16;

// Adds a token's y to the sums of eight columns; c and s are the cosines and sines of their angles times the token's factor.
__device__ __forceinline__ void addTurned(Eight& sums, const Eight& v, const Eight& gain, const float (&c)[4],
                                          const float (&s)[4]) {
#pragma unroll
    for (int i = 0; i < 8; i += 2) {
        const float even = v.x[i] * gain.x[i], odd = v.x[i + 1] * gain.x[i + 1];
        sums.x[i] = fmaf(even, c[i / 2], fmaf(-odd, s[i / 2], sums.x[i]));
        sums.x[i + 1] = fmaf(odd, c[i / 2], fmaf(even, s[i / 2], sums.x[i + 1]));
    }
}

// Grid: parts, any number up to tokens. partial [parts, WIDTH]; factors [tokens].
LAUNCH_SHAPE(attention_key_sums, COLUMN_THREADS, 2, SUM_BYTES);

extern "C" __global__ void __launch_bounds__(COLUMN_THREADS, COLUMN_THREADS <= 320 ? 2 : 1)
    attention_key_sums(const In* x, const float* gain, const float* cosine, const float* sine, float* factors, float* partial,
                       int tokens, float epsilon) {
    __shared__ float squares[2][BATCH][COLUMN_THREADS / 32];
    const int begin = s64(tokens) * blockIdx.x / gridDim.x, end = s64(tokens) * (blockIdx.x + 1) / gridDim.x;
    const int thread = threadIdx.x, batches = divideUp(end - begin, BATCH);
    const bool used = thread < COLUMN_THREADS_USED;
    uint4* angles = sharedVectors + SUM_SLOTS * SLOT;
    auto place = [&](int batch, int b, int i, int word) {
        return sharedVectors + batch % SUM_SLOTS * SLOT + ((b * COLUMN_VECTORS + i) * WORDS + word) * COLUMN_THREADS + thread;
    };
    auto askFor = [&](int batch) {
        const int first = begin + batch * BATCH;
        if (batch < batches) {
#pragma unroll
            for (int b = 0; b < BATCH; b++) {
                const bool valid = used && first + b < end;
                const In* row = x + s64(min(first + b, end - 1)) * WIDTH;
#pragma unroll
                for (int i = 0; i < COLUMN_VECTORS; i++)
#pragma unroll
                    for (int w = 0; w < WORDS; w++)
                        copyAsync16(sharedAddress(place(batch, b, i, w)),
                                    row + (used ? (i * COLUMN_THREADS_USED + thread) * 8 + w * 4 : 0), valid);
            }
            if (cosine != nullptr) {
                for (int i = thread; i < ANGLES; i += COLUMN_THREADS) {
                    const int token = min(first + i / (D / 2), end - 1), piece = i % (D / 2);
                    const float* row = (piece < D / 4 ? cosine : sine) + s64(token) * D;
                    copyAsync16(sharedAddress(angles + batch % (SUM_SLOTS + 1) * ANGLES + i), row + piece % (D / 4) * 4);
                }
            }
        }
        copyAsyncCommit();
    };
    auto values = [&](int batch, int b, int i) {
        Raw raw;
#pragma unroll
        for (int w = 0; w < WORDS; w++)
            raw.words[w] = *place(batch, b, i, w);
        return unpack(raw);
    };
    Eight sums[COLUMN_VECTORS] = {}, gains[COLUMN_VECTORS];
#pragma unroll
    for (int i = 0; i < COLUMN_VECTORS; i++)
#pragma unroll
        for (int j = 0; j < 8; j++)
            gains[i].x[j] = used && gain != nullptr ? gain[(i * COLUMN_THREADS_USED + thread) * 8 + j] : 1.0f;
    for (int batch = 0; batch < SUM_SLOTS - 1; batch++)
        askFor(batch);
#pragma unroll 1
    for (int batch = 0; batch < batches; batch++) {
        askFor(batch + SUM_SLOTS - 1);
        copyAsyncWait<SUM_SLOTS - 1>();
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
            float sum = 0;
#pragma unroll
            for (int i = 0; i < COLUMN_VECTORS; i++)
                sum += sumOfSquares(values(batch, b, i));
            sum = warpSum(sum);
            if (thread % 32 == 0)
                squares[batch % 2][b][thread / 32] = sum;
        }
        __syncthreads();                           // the others' squares and angles; two sides, so that one barrier is enough
#pragma unroll
        for (int b = 0; b < BATCH; b++) {
            const int token = begin + batch * BATCH + b;
            if (token >= end)
                break;
            float sum = 0;
            for (int w = 0; w < COLUMN_THREADS / 32; w++)
                sum += squares[batch % 2][b][w];
            const float factor = gain == nullptr ? 1.0f : rsqrtf(sum / WIDTH + epsilon);
            if (thread == 0)
                factors[token] = factor;
            float c[4] = {factor, factor, factor, factor}, s[4] = {};
            if (cosine != nullptr) {
                const float* at = reinterpret_cast<const float*>(angles + batch % (SUM_SLOTS + 1) * ANGLES + b * (D / 2));
                const Eight cosines = loadEight(at + thread % LANES * 8), sines = loadEight(at + D + thread % LANES * 8);
#pragma unroll
                for (int i = 0; i < 4; i++) {
                    c[i] = factor * cosines.x[i * 2];
                    s[i] = factor * sines.x[i * 2 + 1];
                }
            }
#pragma unroll
            for (int i = 0; i < COLUMN_VECTORS; i++)
                addTurned(sums[i], values(batch, b, i), gains[i], c, s);
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
                    high.x[j] = maximumOrNan(high.x[j], v.x[j]);
                    low.x[j] = minimumOrNan(low.x[j], v.x[j]);
                }
            }
        }
        storeEight(partial + s64(blockIdx.x) * WIDTH + channel, high);
        storeEight(partial + s64(gridDim.x + blockIdx.x) * WIDTH + channel, low);
    }
}

// Puts the parts together, always in the same order. Grid WIDTH / 32; lane = column, each warp has a sixteenth of the parts.
// range = 0: a = means of k [WIDTH]. range = 1: a = centres, b = scales of v [WIDTH].
constexpr int PART_WARPS = 16;
LAUNCH_SHAPE(attention_columns, PART_WARPS * 32, 4, 0);

extern "C" __global__ void __launch_bounds__(PART_WARPS * 32)
    attention_columns(const float* partial, float* a, float* b, int parts, int tokens, int range) {
    __shared__ float highs[PART_WARPS][32], lows[PART_WARPS][32];
    const int column = blockIdx.x * 32 + laneIndex(), warp = threadIdx.x / 32;
    float high = range ? -infinity() : 0, low = infinity();
#pragma unroll 8
    for (int part = warp; part < parts; part += PART_WARPS) {
        const float value = partial[s64(part) * WIDTH + column];
        high = range ? maximumOrNan(high, value) : high + value;
        if (range)
            low = minimumOrNan(low, partial[s64(parts + part) * WIDTH + column]);
    }
    highs[warp][laneIndex()] = high;
    lows[warp][laneIndex()] = low;
    __syncthreads();
    if (warp != 0)
        return;
    for (int w = 1; w < PART_WARPS; w++) {
        high = range ? maximumOrNan(high, highs[w][laneIndex()]) : high + highs[w][laneIndex()];
        low = minimumOrNan(low, lows[w][laneIndex()]);
    }
    if (range) {
        a[column] = 0.5f * (high + low);
        b[column] = high > low ? (high - low) * (1.0f / 254.0f) : 1.0f;
    } else {
        a[column] = high / float(tokens);
    }
}

// ---- keys -----------------------------------------------------------------------------------------------------------------
// A block has 128 keys, D / 32 threads to each, which keep its angles, and walks over heads. A barrier a head, among the warps whose
// keys share a scale: the largest.

constexpr int KEY_THREADS = TILE * SHARERS;
constexpr int SCALE_THREADS = KEYS_A_SCALE * SHARERS;
constexpr int SCALE_WARPS = SCALE_THREADS / 32;
constexpr int KEY_SLOTS = WORDS == 1 ? 3 : 2;      // heads under way
constexpr int KEY_BYTES = KEY_SLOTS * PIECES * KEY_THREADS * 16;

// Grid (⌈tokens / 128⌉, any number up to heads, which are shared out).
LAUNCH_SHAPE(attention_keys, KEY_THREADS, 512 / KEY_THREADS, KEY_BYTES);

extern "C" __global__ void __launch_bounds__(KEY_THREADS, 512 / KEY_THREADS)
    attention_keys(const In* x, const float* gain, const float* cosine, const float* sine, const float* factors,
                   const float* means, s8* k8, float* kScale, int tokens) {
    __shared__ float largests[TILE / KEYS_A_SCALE][2][SCALE_WARPS];
    const int thread = threadIdx.x, sharer = thread % SHARERS, token = blockIdx.x * TILE + thread / SHARERS;
    const int group = thread / SCALE_THREADS;
    const int begin = HEADS * blockIdx.y / gridDim.y, end = HEADS * (blockIdx.y + 1) / gridDim.y;
    const bool valid = token < tokens;
    const int loaded = min(token, tokens - 1);
    const In* row = x + s64(loaded) * WIDTH;
    auto slot = [&](int head) { return sharedVectors + (head - begin) % KEY_SLOTS * (PIECES * KEY_THREADS) + thread; };
    auto askFor = [&](int head) {
        if (head < end)
            ask(slot(head), KEY_THREADS, row + head * D, sharer, valid);
        copyAsyncCommit();
    };
    for (int head = begin; head < begin + KEY_SLOTS - 1; head++)
        askFor(head);
    const Rotation rotation = loadRotation(cosine, sine, loaded, sharer, factors[loaded]);
#pragma unroll 1
    for (int head = begin; head < end; head++) {
        askFor(head + KEY_SLOTS - 1);
        copyAsyncWait<KEY_SLOTS - 1>();
        Part v = take(slot(head), KEY_THREADS);
        turn(v, gain == nullptr ? nullptr : gain + head * D, rotation, means + head * D, sharer);
        hadamard(v);
        float largest = largestOfWarp(valid ? largestOf(v) : 0.0f);
        if (thread % 32 == 0)
            largests[group][head % 2][thread / 32 % SCALE_WARPS] = largest;
        synchronizeSome(group + 1, SCALE_THREADS);  // two sides, so that one barrier a head is enough
        largest = largestOfWarp(largests[group][head % 2][thread % SCALE_WARPS]);
        if (valid)
            storeCodes(k8 + (s64(head) * tokens + token) * D, v, inverseOf(largest), sharer);
        if (thread % SCALE_THREADS == 0)
            kScale[(s64(head) * gridDim.x + blockIdx.x) * (TILE / KEYS_A_SCALE) + group] = scaleOf(largest * NORM);
    }
}

// ---- values ---------------------------------------------------------------------------------------------------------------
// A block has 128 keys of one head. A thread makes words of four keys (one quad thread's slots) for eight channels and leaves
// them in shared memory as rows of a channel; word w of channel 8g + i lies at w ^ 2g, so that a warp's writes take all banks.

constexpr int VALUE_THREADS = 256;

// Grid (⌈tokens / 128⌉, heads).
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
