// The linear layer with activations and weights of 4 bits on Ampere and Ada (sm_80, sm_86, sm_89), whose tensor cores multiply
// 4-bit integers twice as fast as 8-bit ones: out[m, n] = (Σ_k A[m, k] · (B[n, k] − zero[n])) · tokenScale[m] · rowScale[n] +
// bias[n], or with RESIDUAL: residual[m, n] + gate[n] · that. A [M, K] s8 are activations of −8 … 7, a byte each; B [N, K / 2]
// are weights of 0 … 15 as the file has them, two a byte, the low nibble first. The sum is exact (s32); the end is
// mma_gemm.cuh's, bit for bit that of the 8-bit products.
//
// The zero point is taken out of the sum: Σ_k A·B − zero[n] · Σ_k A, the tokens' sums by dp4a while A is packed to nibbles in
// registers: 28 instructions for eight mma. So the pass that quantizes need not know what weights will follow, and weights are
// not expanded. Multipliers of groups of columns, or of blocks of a token, would cost each sum two multiply-adds an mma
// (m16n8k64), as much time as the mma takes on sm_89: such products are s8_gemm_sm80.cu's.
//
// Hopper has no such instruction: there the compiler emulates it by two 8-bit products and some 180 other instructions.
//
// Shapes: any M ≥ 1, N a multiple of 8, K a multiple of 32; row-major, dense, 16-byte aligned. Operations: 2·M·N·K. Bytes that
// must move: M·K + N·K / 2 + M·N·(size of an output; twice for RESIDUAL).
//
// Macros: mma_gemm.cuh's, with STAGES 2 unless told: a stage's arithmetic takes longer than the next one's arrival.
// Call: s4GemmMma<<<⌈M/128⌉·⌈N/128⌉, 128, STAGES · 24 KB>>>(a, b, zeros u8 [N] (in the low four bits), out, residual, tokenScale
// f32 [M], rowScale f32 [N], bias f32 [N] or null, gate f32 [N] or null (ones), M, N, K).
#ifndef STAGES
#define STAGES 2
#endif
#include "mma_gemm.cuh"

// A stage holds 128 codes of each row: of A two operands of 64 bytes a row, the even one first, of B one of 64 bytes.
constexpr int STAGE_BYTES = 3 * OPERAND_BYTES;

__device__ __forceinline__ void multiply(s32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k64.row.col.s32.s4.u4.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

// The low nibbles of eight bytes, the first one lowest.
__device__ __forceinline__ u32 packNibbles(uint2 bytes) {
    constexpr u32 LOW = 0x0f0f0f0fu;
    const u32 first = (bytes.x & LOW) | (bytes.x >> 4 & ~LOW);  // in bytes 0 and 2 lie two codes each
    const u32 second = (bytes.y & LOW) | (bytes.y >> 4 & ~LOW);
    return __byte_perm(first, second, 0x6420);
}

__device__ __forceinline__ s32 addBytes(s32 sum, uint2 bytes) {
    constexpr s32 ONES = 0x01010101;
    return __dp4a(s32(bytes.y), ONES, __dp4a(s32(bytes.x), ONES, sum));
}

// A lane's eight codes of a row of A: those of bytes 8·(lane % 4), of the operand's first or second 32.
__device__ __forceinline__ uint2 loadEight(const char* operand, int row, int lane, int half) {
    const int byte = half * 32 + lane % 4 * 8;
    return *reinterpret_cast<const uint2*>(operand + chunkAt(row, byte / 16) + byte % 16);
}

// Sums of A's codes in the rows of this lane's results; each of the four lanes of a row has a quarter.
struct TokenSums {
    s32 upper[4] = {}, lower[4] = {};
};

// Fragments of 64 rows × 64 codes of A, and what they add to the sums.
__device__ __forceinline__ void packA(u32 (&fragments)[4][4], TokenSums& sums, const char* operand, const Self& self) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int row = self.warpRow + i * 16 + self.lane / 4;
#pragma unroll
        for (int half = 0; half < 2; half++) {
            const uint2 upper = loadEight(operand, row, self.lane, half);
            const uint2 lower = loadEight(operand, row + 8, self.lane, half);
            fragments[i][half * 2] = packNibbles(upper);
            fragments[i][half * 2 + 1] = packNibbles(lower);
            sums.upper[i] = addBytes(sums.upper[i], upper);
            sums.lower[i] = addBytes(sums.lower[i], lower);
        }
    }
}

// The products of one stage, half by half; B's fragments are fetched as late as possible, for registers are short.
__device__ __forceinline__ void multiplyStage(s32 (&c)[4][8][4], TokenSums& sums, const char* memory, u32 stage, const Self& self) {
#pragma unroll 1
    for (int half = 0; half < 2; half++) {
        u32 a[4][4];
        packA(a, sums, memory + half * OPERAND_BYTES, self);
#pragma unroll
        for (int j = 0; j < 8; j += 2) {
            u32 b[4];
            loadB(b, stage + 2 * OPERAND_BYTES, self, half, j / 2);
#pragma unroll
            for (int i = 0; i < 4; i++) {
                multiply(c[i][j], a[i], b[0], b[1]);
                multiply(c[i][j + 1], a[i], b[2], b[3]);
            }
        }
    }
}

__device__ __forceinline__ s32 sumOfFourLanes(s32 value) {
    value += __shfl_xor_sync(0xffffffffu, value, 1);
    return value + __shfl_xor_sync(0xffffffffu, value, 2);
}

// Takes the zero points out of the sums.
__device__ __forceinline__ void subtractZeros(s32 (&c)[4][8][4], TokenSums& sums, const u8* zeros, const Self& self, int N) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        sums.upper[i] = sumOfFourLanes(sums.upper[i]);
        sums.lower[i] = sumOfFourLanes(sums.lower[i]);
    }
#pragma unroll
    for (int j = 0; j < 8; j++) {
        const int column = self.column + self.warpColumn + j * 8 + self.lane % 4 * 2;  // N is even: both exist or none
        const u32 pair = column < N ? *reinterpret_cast<const u16*>(zeros + column) : 0;
        const s32 first = s32(pair & 15), second = s32(pair >> 8 & 15);
#pragma unroll
        for (int i = 0; i < 4; i++) {
            c[i][j][0] -= first * sums.upper[i];
            c[i][j][1] -= second * sums.upper[i];
            c[i][j][2] -= first * sums.lower[i];
            c[i][j][3] -= second * sums.lower[i];
        }
    }
}

LAUNCH_SHAPE(s4GemmMma, THREADS, 2, STAGES * STAGE_BYTES);

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    s4GemmMma(const s8* __restrict__ a, const u8* __restrict__ b, const u8* __restrict__ zeros, Out* out, const Out* residual,
              const float* __restrict__ tokenScale, const float* __restrict__ rowScale, const float* __restrict__ bias,
              const float* __restrict__ gate, int M, int N, int K) {
    extern __shared__ __align__(128) char memory[];
    const u32 shared = sharedAddress(memory);
    const Problem problem = {M, N};
    const Self self(problem);
    s32 c[4][8][4] = {};
    TokenSums sums;
    runStages<STAGE_BYTES>(
        divideUp(K / 2, ROW_BYTES),
        [&](int step, int at) {
            loadOperand(shared + at, a, self.row, M, 2 * step, K);
            loadOperand(shared + at + OPERAND_BYTES, a, self.row, M, 2 * step + 1, K);
            loadOperand(shared + at + 2 * OPERAND_BYTES, b, self.column, N, step, K / 2);
        },
        [&](int at) { multiplyStage(c, sums, memory + at, shared + at, self); });
    subtractZeros(c, sums, zeros, self, N);
    storeTile(memory, self, problem, {tokenScale, rowScale, bias, gate}, out, residual, c);
}
