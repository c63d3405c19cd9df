// The linear layer with 4-bit activations and 4-bit weights on Ampere and Ada (sm_80, sm_86, sm_89), whose tensor cores multiply
// 4-bit integers: out[m, n] = sum[m, n] · tokenScale[m] · rowScale[n] + bias[n], or with RESIDUAL: residual[m, n] + gate[n] ·
// that.
// GROUPED 1: sum[m, n] = Σ_g mult[n, g] · (Σ_{k in g} A[m, k] · B[n, k] − zero[n, g] · sums[m, g]), groups g of 64 columns, B of
//            0 … 15, sums[m, g] = Σ_{k in g} A[m, k]. All exact in s32.
// GROUPED 0: sum[m, n] = Σ_k A[m, k] · B[n, k], B of −8 … 7.
// A codes are −8 … 7. Two codes a byte, the low nibble first.
//
// One mma covers one group (m16n8k64), so a group costs each sum two multiply-adds besides: at 64 a clock and multiprocessor
// that is twice the tensor cores' own time on sm_80 (4,096 products a clock) and as long as theirs on sm_89.
// Hopper has no such instruction: there the compiler emulates it by two 8-bit products and some 180 other instructions.
//
// Shapes: any M ≥ 1, N a multiple of 8, K a multiple of 64 (GROUPED 0: of 32); row-major, dense, 16-byte aligned. Operations:
// 2·M·N·K. Bytes that must move: (M·K + N·K) / 2 + M·N·(size of an output; twice for RESIDUAL), GROUPED: and (N + 4·M)·K/64.
//
// Macros: mma_gemm.cuh's, and GROUPED (default 1, with STAGES 2).
// Call: s4GemmMma<<<⌈M/128⌉·⌈N/128⌉, 128, SHARED>>>(a, b, groups, sums, out, residual, tokenScale f32 [M], rowScale f32 [N],
// bias f32 [N] or null, gate f32 [N] or null (ones), M, N, K); SHARED = STAGES · 16 KB, GROUPED: STAGES · (16 KB + 1,280).
//   groups  u8 [K/64, N]: the zero point in the low four bits, the multiplier − 1 in the high four (the file's
//           [N, K/64], transposed)
//   sums    s32 [K/64, M]
#ifndef GROUPED
#define GROUPED 1
#endif
// A stage's arithmetic takes longer than the next one's arrival, and registers are short.
#if GROUPED && !defined(STAGES)
#define STAGES 2
#endif
#include "mma_gemm.cuh"

constexpr int GROUP = 64;
constexpr int STEP_GROUPS = ROW_BYTES * 2 / GROUP;
constexpr int GROUPS_AT = 2 * OPERAND_BYTES;
constexpr int SUMS_AT = GROUPS_AT + STEP_GROUPS * TILE;
constexpr int STAGE_BYTES = GROUPED ? SUMS_AT + STEP_GROUPS * TILE * 4 : GROUPS_AT;
static_assert(4 * SUMS_BYTES <= STAGES * STAGE_BYTES, "the end uses the ring's memory");

#if GROUPED
#define B_TYPE "u4"
#else
#define B_TYPE "s4"
#endif

__device__ __forceinline__ void multiply(s32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k64.row.col.s32.s4." B_TYPE
                 ".s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

template <int Bytes>
__device__ __forceinline__ void copyAsyncSmall(u32 to, const void* from, bool valid) {
    asm volatile("cp.async.ca.shared.global [%0], [%1], %2, %3;" ::"r"(to), "l"(from), "n"(Bytes),
                 "r"(valid ? Bytes : 0)
                 : "memory");
}

// The step's groups of the tile's columns, and the sums of its rows.
__device__ __forceinline__ void loadGroups(u32 stage, const u8* groups, const s32* sums, const Self& self, int M, int N, int K,
                                           int step) {
    const int all = K / GROUP;
    if (threadIdx.x < STEP_GROUPS * TILE / 8) {
        const int group = int(threadIdx.x) / (TILE / 8);
        const int column = int(threadIdx.x) % (TILE / 8) * 8;
        const bool valid = step * STEP_GROUPS + group < all && self.column + column < N;
        const u8* from = groups + (valid ? s64(step * STEP_GROUPS + group) * N + self.column + column : 0);
        copyAsyncSmall<8>(stage + GROUPS_AT + group * TILE + column, from, valid);
    }
#pragma unroll
    for (int group = 0; group < STEP_GROUPS; group++) {
        const int row = int(threadIdx.x);
        const bool valid = step * STEP_GROUPS + group < all && self.row + row < M;
        const s32* from = sums + (valid ? s64(step * STEP_GROUPS + group) * M + self.row + row : 0);
        copyAsyncSmall<4>(stage + SUMS_AT + (group * TILE + row) * 4, from, valid);
    }
}

// One group's part of 16 × 8 sums: `pair` holds the group bytes of this lane's two columns, upper and lower the sums of its
// rows.
__device__ __forceinline__ void multiplyGroup(s32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1, u32 pair, s32 upper, s32 lower) {
    const s32 zero0 = s32(pair & 15), zero1 = s32(pair >> 8 & 15);
    const s32 mult0 = s32(pair >> 4 & 15) + 1, mult1 = s32(pair >> 12) + 1;
    s32 part[4] = {-zero0 * upper, -zero1 * upper, -zero0 * lower, -zero1 * lower};
    multiply(part, a, b0, b1);
    c[0] += mult0 * part[0];
    c[1] += mult1 * part[1];
    c[2] += mult0 * part[2];
    c[3] += mult1 * part[3];
}

// The products of one stage, half by half; B's fragments are fetched as late as possible, for registers are short.
__device__ __forceinline__ void multiplyStage(s32 (&c)[4][8][4], u32 stage, const char* memory, const Self& self) {
#pragma unroll 1
    for (int half = 0; half < STEP_GROUPS; half++) {
        u32 a[4][4];
        loadA(a, stage, self, half);
#if GROUPED
        const char* pairs = memory + GROUPS_AT + half * TILE + self.warpColumn + self.lane % 4 * 2;
        const char* sums = memory + SUMS_AT + (half * TILE + self.warpRow + self.lane / 4) * 4;
        s32 upper[4], lower[4];
#pragma unroll
        for (int i = 0; i < 4; i++) {
            upper[i] = *reinterpret_cast<const s32*>(sums + i * 64);
            lower[i] = *reinterpret_cast<const s32*>(sums + i * 64 + 32);
        }
#endif
#pragma unroll
        for (int j = 0; j < 8; j += 2) {
            u32 b[4];
            loadB(b, stage + OPERAND_BYTES, self, half, j / 2);
#if GROUPED
            const u32 first = *reinterpret_cast<const u16*>(pairs + j * 8);
            const u32 second = *reinterpret_cast<const u16*>(pairs + j * 8 + 8);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                multiplyGroup(c[i][j], a[i], b[0], b[1], first, upper[i], lower[i]);
                multiplyGroup(c[i][j + 1], a[i], b[2], b[3], second, upper[i], lower[i]);
            }
#else
#pragma unroll
            for (int i = 0; i < 4; i++) {
                multiply(c[i][j], a[i], b[0], b[1]);
                multiply(c[i][j + 1], a[i], b[2], b[3]);
            }
#endif
        }
    }
}

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    s4GemmMma(const u8* __restrict__ a, const u8* __restrict__ b, const u8* __restrict__ groups, const s32* __restrict__ sums,
              Out* out, const Out* residual, const float* __restrict__ tokenScale, const float* __restrict__ rowScale,
              const float* __restrict__ bias, const float* __restrict__ gate, int M, int N, int K) {
    extern __shared__ __align__(128) char memory[];
    const u32 shared = sharedAddress(memory);
    const Problem problem = {M, N, K / 2};
    const Self self(problem);
    const int steps = divideUp(problem.rowBytes, ROW_BYTES);

    const auto load = [&](int step) {
        if (step < steps) {
            const u32 stage = shared + step % STAGES * STAGE_BYTES;
            loadOperand(stage, a, self.row, M, step, problem.rowBytes);
            loadOperand(stage + OPERAND_BYTES, b, self.column, N, step, problem.rowBytes);
            if (GROUPED)
                loadGroups(stage, groups, sums, self, M, N, K, step);
        }
        copyAsyncCommit();
    };

    s32 c[4][8][4] = {};
    for (int step = 0; step < STAGES - 1; step++)
        load(step);
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
        copyAsyncWait<STAGES - 2>();
        __syncthreads();      // the stage is there for all, and all are done with the one before, which is filled next
        load(step + STAGES - 1);
        const int at = step % STAGES * STAGE_BYTES;
        multiplyStage(c, shared + at, memory + at, self);
    }
    copyAsyncWait<0>();
    __syncthreads();
    storeTile(memory, self, problem, {tokenScale, rowScale, bias, gate}, out, residual, c);
}
