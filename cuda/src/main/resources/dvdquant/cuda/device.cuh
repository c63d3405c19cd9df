// What every kernel family needs: integer names, bf16 by bit operations, reductions in a warp, wide memory accesses.
// Compiled by NVRTC without any system header, so nothing is included here.
#pragma once

using s8 = signed char;
using u8 = unsigned char;
using u16 = unsigned short;
using s32 = int;
using u32 = unsigned int;
using s64 = long long;
using u64 = unsigned long long;

// A brain float in memory. Arithmetic is always done in f32.
struct bf16 {
    u16 bits;
};

__device__ __forceinline__ float toFloat(float value) {
    return value;
}

__device__ __forceinline__ float toFloat(bf16 value) {
    return __uint_as_float(u32(value.bits) << 16);
}

// Two bf16 in one register, the first one in the low half (that is, first in memory).
__device__ __forceinline__ u32 packBf16(float first, float second) {
    u32 result;
    asm("cvt.rn.bf16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}

__device__ __forceinline__ float firstOfBf16(u32 pair) {
    return __uint_as_float(pair << 16);
}

__device__ __forceinline__ float secondOfBf16(u32 pair) {
    return __uint_as_float(pair & 0xffff0000u);
}

template <class T>
__host__ __device__ constexpr T minimum(T a, T b) {
    return a < b ? a : b;
}

template <class T>
__host__ __device__ constexpr T maximum(T a, T b) {
    return a > b ? a : b;
}

__host__ __device__ constexpr int divideUp(int a, int b) {
    return (a + b - 1) / b;
}

__device__ __forceinline__ float infinity() {
    return __uint_as_float(0x7f800000u);
}

// 2 to the power of x, one instruction; two units in the last place.
__device__ __forceinline__ float exp2Fast(float x) {
    float result;
    asm("ex2.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

// 1 / x, one instruction; one unit in the last place.
__device__ __forceinline__ float reciprocalFast(float x) {
    float result;
    asm("rcp.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

__device__ __forceinline__ u32 laneIndex() {
    return threadIdx.x & 31;
}

// The warp's index, told to the compiler to be the same for the whole warp.
__device__ __forceinline__ u32 warpIndex() {
    return __shfl_sync(0xffffffffu, threadIdx.x >> 5, 0);
}

template <class T>
__device__ __forceinline__ T warpSum(T value) {
#pragma unroll
    for (int step = 16; step > 0; step /= 2)
        value += __shfl_xor_sync(0xffffffffu, value, step);
    return value;
}

// The four lowest bytes of four integers, the first one lowest. They must already lie within -128 … 127.
__device__ __forceinline__ u32 packBytes(s32 a, s32 b, s32 c, s32 d) {
    const u32 low = __byte_perm(u32(a), u32(b), 0x0040);
    const u32 high = __byte_perm(u32(c), u32(d), 0x0040);
    return __byte_perm(low, high, 0x5410);
}

// The address of something in shared memory, as PTX wants it.
__device__ __forceinline__ u32 sharedAddress(const void* at) {
    return u32(__cvta_generic_to_shared(at));
}

// Sixteen bytes that are read once: they go by the read-only path and leave no line in L1.
__device__ __forceinline__ uint4 loadStreaming(const void* at) {
    uint4 result;
    asm volatile("ld.global.nc.L1::no_allocate.v4.u32 {%0, %1, %2, %3}, [%4];"
                 : "=r"(result.x), "=r"(result.y), "=r"(result.z), "=r"(result.w)
                 : "l"(at));
    return result;
}

// Four 8×8 matrices of 16-bit elements from shared memory in the fragment order of mma. Lane l gives the address of row
// l % 8 of matrix l / 8.
__device__ __forceinline__ void loadMatrix4(u32 (&into)[4], u32 address) {
    asm volatile("ldmatrix.sync.aligned.m8n8.x4.shared.b16 {%0, %1, %2, %3}, [%4];"
                 : "=r"(into[0]), "=r"(into[1]), "=r"(into[2]), "=r"(into[3])
                 : "r"(address));
}

// Sixteen bytes from global to shared memory without passing through registers (sm_80 and later); zeros when not valid.
__device__ __forceinline__ void copyAsync16(u32 to, const void* from, bool valid = true) {
    asm volatile("cp.async.cg.shared.global [%0], [%1], 16, %2;" ::"r"(to), "l"(from), "r"(valid ? 16 : 0) : "memory");
}

__device__ __forceinline__ void copyAsyncCommit() {
    asm volatile("cp.async.commit_group;" ::: "memory");
}

// Waits until at most `Pending` of this thread's groups are still under way.
template <int Pending>
__device__ __forceinline__ void copyAsyncWait() {
    asm volatile("cp.async.wait_group %0;" ::"n"(Pending) : "memory");
}

// A barrier of `threads` threads, whole warps, which name it by an index of 1 … 15 (0 is __syncthreads).
__device__ __forceinline__ void synchronizeSome(u32 barrier, u32 threads) {
    asm volatile("bar.sync %0, %1;" ::"r"(barrier), "r"(threads) : "memory");
}

// 1 / √x, one instruction; relative error 2⁻²²·⁹.
__device__ __forceinline__ float reciprocalRootFast(float x) {
    float result;
    asm("rsqrt.approx.ftz.f32 %0, %1;" : "=f"(result) : "f"(x));
    return result;
}

// The larger one; NaN if one of them is (the language's maximum would drop it).
__device__ __forceinline__ float maximumOrNan(float a, float b) {
    float result;
    asm("max.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
    return result;
}

// The smaller one; NaN if one of them is.
__device__ __forceinline__ float minimumOrNan(float a, float b) {
    float result;
    asm("min.NaN.f32 %0, %1, %2;" : "=f"(result) : "f"(a), "f"(b));
    return result;
}

// Tells the host how to launch a kernel: threads of a block, blocks that should fit a multiprocessor together, bytes of dynamic
// shared memory. The source knows, having computed them from its macros.
#define LAUNCH_SHAPE(kernel, threads, resident, sharedBytes) \
    extern "C" __device__ int kernel##LaunchShape[3] = {threads, resident, sharedBytes}
