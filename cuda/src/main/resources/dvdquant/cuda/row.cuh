// A token's channels in the registers of a group of threads, read once from memory: for kernels that need sums or maxima over a
// token. Used by quantize.cu, rows.cu and rms_norm.cu, with the macros
//   CHANNELS    channels of a token, a multiple of 64 up to 16,384
//   INPUT_F32   1: x is f32; 0: bf16
//   LAYER_NORM  1: tokens are normalized, so room for gain and offset is set aside
//   PER_THREAD  channels of a thread, 16 or 32 (32 needs a multiple of 128 channels; by itself: whichever leaves fewer threads idle)
//   GROUPS      groups of threads in a block, each with tokens of its own (all share one copy of gain and offset)
//   RESIDENT    blocks that should fit a multiprocessor together
//   STAGES      tokens that a group has under way from memory: each takes CHANNELS · (2 or 4) bytes of shared memory
//   SHARED_LIMIT  bytes of shared memory a multiprocessor, from which GROUPS and RESIDENT follow if they are not given
// Launch: as the kernel's LAUNCH_SHAPE says. A group walks over the tokens, so any number of blocks will do; best as many as fit.
#pragma once

#include "device.cuh"

#ifndef INPUT_F32
#define INPUT_F32 0
#endif
#ifndef LAYER_NORM
#define LAYER_NORM 0
#endif

// Shared memory that a multiprocessor gives to blocks, less some for what the compiler lays there.
#ifndef SHARED_LIMIT
#if defined(__CUDA_ARCH__) && __CUDA_ARCH__ < 900
#define SHARED_LIMIT (__CUDA_ARCH__ == 800 ? 160 * 1024 : 96 * 1024)
#else
#define SHARED_LIMIT (220 * 1024)
#endif
#endif
#ifndef STAGES
#define STAGES (CHANNELS * (INPUT_F32 ? 8 : 4) + (LAYER_NORM ? CHANNELS * 8 : 0) <= SHARED_LIMIT - 8192 ? 2 : 1)
#endif
#ifndef PER_THREAD
#define PER_THREAD (CHANNELS % 128 == 0 && (CHANNELS % 1024 == 0 || CHANNELS > 2048) ? 32 : 16)
#endif

constexpr int UNIT = 8;  // channels that a thread reads at once: 16 bytes of bf16
constexpr int UNITS = PER_THREAD / UNIT;
constexpr int SPAN = 4 * PER_THREAD;
constexpr int ACTIVE = CHANNELS / PER_THREAD;
constexpr int WARPS = divideUp(ACTIVE, 32);
constexpr int THREADS = 32 * WARPS;
// Warps rounded up to a power of two: so many lanes gather what the warps have exchanged.
constexpr int GATHERED = WARPS <= 1 ? 1 : WARPS <= 2 ? 2 : WARPS <= 4 ? 4 : WARPS <= 8 ? 8 : WARPS <= 16 ? 16 : 32;
static_assert(CHANNELS % SPAN == 0 && (PER_THREAD == 16 || PER_THREAD == 32), "channels in units of four threads");
static_assert(THREADS <= 1024, "too many channels");

#if INPUT_F32
using Input = float;
#else
using Input = bf16;
#endif
constexpr int VECTOR = 16 / sizeof(Input);  // elements of 16 bytes
constexpr int VECTORS = PER_THREAD / VECTOR;
constexpr int GROUP_BYTES = 16 * STAGES * VECTORS * THREADS;
constexpr int PARAMETER_BYTES = LAYER_NORM ? 2 * 4 * PER_THREAD * THREADS : 0;

// Groups for which there are registers, 72 a thread (64 for the longest tokens, or just one would fit), and shared memory.
constexpr int MOST_THREADS = THREADS > 448 && THREADS <= 512 ? 1024 : 896;
constexpr int FITTING = maximum(1, minimum(MOST_THREADS / THREADS, (SHARED_LIMIT - PARAMETER_BYTES) / GROUP_BYTES));
#ifndef GROUPS
// Four groups of 160 threads were faster than five and six, nine of 96 faster than fewer.
#define GROUPS (LAYER_NORM ? minimum(THREADS < 128 ? 15 : maximum(1, 640 / THREADS), FITTING) : 1)
#endif
#ifndef RESIDENT
#define RESIDENT (LAYER_NORM ? 1 : minimum(16, FITTING))
#endif

constexpr int SHARED_BYTES = GROUPS * GROUP_BYTES + PARAMETER_BYTES;

// Channel c of a token lies in unit j of thread t with c = SPAN · (t / 4) + 32 · j + 8 · (t % 4) + i: four neighbouring threads read
// 64 consecutive bytes, and of the levels of a Walsh–Hadamard transform only those at distances 8, 16 and from SPAN cross threads.
using Channels = float[UNITS][UNIT];

__device__ __forceinline__ int threadOfGroup() {
    return GROUPS == 1 ? threadIdx.x : threadIdx.x % THREADS;
}

__device__ __forceinline__ int group() {
    return GROUPS == 1 ? 0 : threadIdx.x / THREADS;
}

__device__ __forceinline__ int firstChannel() {
    const int thread = threadOfGroup();
    return thread / 4 * SPAN + thread % 4 * UNIT;
}

__device__ __forceinline__ bool isActive() {
    return ACTIVE == THREADS || threadOfGroup() < ACTIVE;
}

__device__ __forceinline__ int firstToken() {
    return blockIdx.x * GROUPS + group();
}

__device__ __forceinline__ int tokenStride() {
    return gridDim.x * GROUPS;
}

__device__ __forceinline__ void synchronizeGroup() {
    if (GROUPS == 1) {
        __syncthreads();
    } else {
        synchronizeSome(group() + 1, THREADS);
    }
}

extern __shared__ uint4 sharedVectors[];

// The tokens of a group on their way from memory. A thread copies what it will read itself, into places of its own: so it waits for
// nobody, and no two threads of a warp ever meet in a bank.
struct Queue {
    const Input* next;  // the channels that are fetched next
    int token;          // their token
    int tokens;
    int stage = 0;      // where the token that is read next lies

    __device__ __forceinline__ Queue(const Input* x, int tokens)
        : next(x + s64(firstToken()) * CHANNELS + firstChannel()), token(firstToken()), tokens(tokens) {
#pragma unroll
        for (int s = 0; s < STAGES; s++) {
            fetch(s);
        }
    }

    __device__ __forceinline__ static uint4* place(int stage, int vector) {
        return sharedVectors + ((group() * STAGES + stage) * VECTORS + vector) * THREADS + threadOfGroup();
    }

    __device__ __forceinline__ void fetch(int into) {
        if (token < tokens) {
#pragma unroll
            for (int v = 0; v < VECTORS; v++) {
                const int unit = v * VECTOR / UNIT;
                const int channel = unit * 4 * UNIT + v * VECTOR % UNIT;
                copyAsync16(sharedAddress(place(into, v)), isActive() ? next + channel : next, isActive());
            }
        }
        copyAsyncCommit();
        token += tokenStride();
        next += s64(tokenStride()) * CHANNELS;
    }

    // The group's next token; zeros in idle threads. Into its place goes another one: a copy is issued after the reads and takes the
    // long way by global memory, so it cannot overtake them.
    __device__ __forceinline__ void take(Channels& values) {
        copyAsyncWait<STAGES - 1>();
#pragma unroll
        for (int v = 0; v < VECTORS; v++) {
            unpack(*place(stage, v), &values[v * VECTOR / UNIT][v * VECTOR % UNIT]);
        }
        fetch(stage);
        stage = stage + 1 == STAGES ? 0 : stage + 1;
    }

    __device__ __forceinline__ static void unpack(uint4 vector, float* values) {
        const u32 words[4] = {vector.x, vector.y, vector.z, vector.w};
#pragma unroll
        for (int i = 0; i < 4; i++) {
            if (INPUT_F32) {
                values[i] = __uint_as_float(words[i]);
            } else {
                values[2 * i] = firstOfBf16(words[i]);
                values[2 * i + 1] = secondOfBf16(words[i]);
            }
        }
    }
};

// The sum over aligned runs of `Lanes` lanes.
template <int Lanes>
__device__ __forceinline__ float laneSum(float value) {
#pragma unroll
    for (int distance = 1; distance < Lanes; distance *= 2) {
        value += __shfl_xor_sync(0xffffffffu, value, distance);
    }
    return value;
}

// The correctly rounded x / by, given 1 / by, as long as nothing underflows: Markstein's correction of the product.
__device__ __forceinline__ float divide(float x, float by, float reciprocal) {
    const float quotient = __fmul_rn(x, reciprocal);
    return __fmaf_rn(__fmaf_rn(-quotient, by, x), reciprocal, quotient);
}

#if LAYER_NORM
// Two, used in turn: a fast warp may write a token's before a slow one has read the last one's.
__shared__ float2 exchangedMoments[GROUPS][2][GATHERED];

// LayerNorm's gain and offset, in places of a thread's own as in the queue, once for all groups of a block.
struct Parameters {
    __device__ __forceinline__ static float4* place(int which, int vector) {
        return (float4*)sharedVectors + GROUPS * GROUP_BYTES / 16 + (which * PER_THREAD / 4 + vector) * THREADS + threadOfGroup();
    }

    __device__ __forceinline__ static void load(const float* gain, const float* offset) {
        const float4 zeros = make_float4(0, 0, 0, 0);
        for (int v = group(); v < PER_THREAD / 4; v += GROUPS) {
            const int channel = firstChannel() + v / 2 * 4 * UNIT + v % 2 * 4;
            *place(0, v) = isActive() ? *(const float4*)(gain + channel) : zeros;
            *place(1, v) = isActive() ? *(const float4*)(offset + channel) : zeros;
        }
        for (int i = threadOfGroup(); i < 2 * GATHERED; i += THREADS) {
            exchangedMoments[group()][i / GATHERED][i % GATHERED] = make_float2(0, 0);
        }
        __syncthreads();
    }
};

// Channels of a group's warp and one over it; no warp, no channels.
struct Share {
    float channels;
    float reciprocal;

    __device__ __forceinline__ explicit Share(int warp) {
        constexpr float full = 32 * PER_THREAD;
        constexpr float last = PER_THREAD * (ACTIVE - 32 * (WARPS - 1));
        channels = warp < WARPS - 1 ? full : warp == WARPS - 1 ? last : 0;
        reciprocal = warp < WARPS - 1 ? 1 / full : warp == WARPS - 1 ? 1 / last : 0;
    }
};

__device__ __forceinline__ float total(const Channels& values) {
    float sums[UNITS];
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
        sums[u] = values[u][0];
#pragma unroll
        for (int i = 1; i < UNIT; i++) {
            sums[u] += values[u][i];
        }
    }
    return UNITS == 2 ? sums[0] + sums[1] : (sums[0] + sums[1]) + (sums[UNITS - 2] + sums[UNITS - 1]);
}

__device__ __forceinline__ float squaresAround(float center, const Channels& values) {
    float sums[UNITS];
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
        sums[u] = 0;
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            const float difference = values[u][i] - center;
            sums[u] = __fmaf_rn(difference, difference, sums[u]);
        }
    }
    return UNITS == 2 ? sums[0] + sums[1] : (sums[0] + sums[1]) + (sums[UNITS - 2] + sums[UNITS - 1]);
}

// 1 / √x: the instruction's result and one step of Newton's.
__device__ __forceinline__ float reciprocalRoot(float x) {
    const float y = reciprocalRootFast(x);
    return __fmaf_rn(__fmul_rn(y, 0.5f), __fmaf_rn(-__fmul_rn(x, y), y, 1.0f), y);
}

// (x − mean) / √(variance + eps) · gain + offset. Both passes, mean and squares around it, are made within a warp; the warps'
// results are joined in one exchange (squares around a common mean = those around the warp's own + n · the difference²).
__device__ __forceinline__ void layerNorm(Channels& values, float eps, int turn) {
    const int warp = threadOfGroup() / 32;
    float sum = laneSum<32>(total(values));
    float squares = laneSum<32>(isActive() ? squaresAround(sum * Share(warp).reciprocal, values) : 0.0f);
    if (WARPS > 1) {
        float2* exchanged = exchangedMoments[group()][turn % 2];
        if (laneIndex() == 0) exchanged[warp] = make_float2(sum, squares);
        synchronizeGroup();
        const int from = laneIndex() % GATHERED;
        const float2 part = exchanged[from];
        const Share share(from);
        sum = laneSum<GATHERED>(part.x);
        const float apart = part.x * share.reciprocal - sum * (1.0f / CHANNELS);
        squares = laneSum<GATHERED>(part.y + share.channels * apart * apart);
    }
    const float mean = divide(sum, CHANNELS, 1.0f / CHANNELS);
    const float scale = reciprocalRoot(divide(squares, CHANNELS, 1.0f / CHANNELS) + eps);
#pragma unroll
    for (int v = 0; v < PER_THREAD / 4; v++) {
        const float4 gain = *Parameters::place(0, v);
        const float4 offset = *Parameters::place(1, v);
        float* four = &values[v / 2][v % 2 * 4];
        four[0] = __fmaf_rn(__fmul_rn(four[0] - mean, scale), gain.x, offset.x);
        four[1] = __fmaf_rn(__fmul_rn(four[1] - mean, scale), gain.y, offset.y);
        four[2] = __fmaf_rn(__fmul_rn(four[2] - mean, scale), gain.z, offset.z);
        four[3] = __fmaf_rn(__fmul_rn(four[3] - mean, scale), gain.w, offset.w);
    }
}
#endif
