// How much values have changed: sums = (Σ|a − b|, Σ|b|) in f64, whose quotient is the relative L1 change that δ-GBS watches.
//
//   a, b  f32 or bf16, any count, aligned to 16 bytes; partial f64 [PARTS, 2]; *finished is 0 before and after; sums f64 [2]
//
// Macro: INPUT_F32 1: values are f32; 0: bf16.
// Runs in PARTS blocks on every device and adds in a fixed order, so that its result is the same each time. The block that finishes last
// adds the blocks' sums. Reads each value once: 16 bytes a pair in f32.

#include "device.cuh"

#ifndef INPUT_F32
#define INPUT_F32 1
#endif

#if INPUT_F32
using Input = float;
#else
using Input = bf16;
#endif
constexpr int VECTOR = 16 / sizeof(Input);
constexpr int PARTS = 256;
constexpr int THREADS = 256;
static_assert(PARTS == THREADS, "a thread of the last block for each part");

struct Sums {
    double difference = 0;
    double magnitude = 0;

    __device__ __forceinline__ void add(float a, float b) {
        difference += fabs(double(a) - double(b));
        magnitude += fabsf(b);
    }

    __device__ __forceinline__ void add(double2 other) {
        difference += other.x;
        magnitude += other.y;
    }

    __device__ __forceinline__ void add(u32 a, u32 b) {
        if (INPUT_F32) {
            add(__uint_as_float(a), __uint_as_float(b));
        } else {
            add(firstOfBf16(a), firstOfBf16(b));
            add(secondOfBf16(a), secondOfBf16(b));
        }
    }
};

// The sums of all threads, in thread 0.
__device__ __forceinline__ double2 overBlock(Sums sums) {
    __shared__ double2 warps[THREADS / 32];
    const double2 warp = make_double2(warpSum(sums.difference), warpSum(sums.magnitude));
    if (laneIndex() == 0) warps[threadIdx.x / 32] = warp;
    __syncthreads();
    Sums all;
    if (threadIdx.x == 0) {
        for (int w = 0; w < THREADS / 32; w++) {
            all.add(warps[w]);
        }
    }
    __syncthreads();
    return make_double2(all.difference, all.magnitude);
}

__device__ __forceinline__ Sums sumsOfThread(const Input* a, const Input* b, s64 count) {
    Sums sums;
    const s64 vectors = count / VECTOR;
    const s64 thread = s64(blockIdx.x) * THREADS + threadIdx.x;
#pragma unroll 4
    for (s64 v = thread; v < vectors; v += PARTS * THREADS) {
        const uint4 as = loadStreaming((const uint4*)a + v);
        const uint4 bs = loadStreaming((const uint4*)b + v);
        sums.add(as.x, bs.x);
        sums.add(as.y, bs.y);
        sums.add(as.z, bs.z);
        sums.add(as.w, bs.w);
    }
    const s64 rest = vectors * VECTOR + thread;
    if (rest < count) sums.add(toFloat(a[rest]), toFloat(b[rest]));
    return sums;
}

LAUNCH_SHAPE(change, THREADS, 8, 0);

extern "C" __global__ void __launch_bounds__(THREADS)
    change(const Input* a, const Input* b, s64 count, double2* partial, u32* finished, double2* sums) {
    __shared__ bool isLast;
    const double2 part = overBlock(sumsOfThread(a, b, count));
    if (threadIdx.x == 0) {
        partial[blockIdx.x] = part;
        __threadfence();
        isLast = atomicInc(finished, PARTS - 1) == PARTS - 1;  // back to 0 for the next call
        __threadfence();
    }
    __syncthreads();
    if (!isLast) return;
    Sums rest;
    rest.add(__ldcg(partial + threadIdx.x));
    const double2 all = overBlock(rest);
    if (threadIdx.x == 0) *sums = all;
}
