// The quantized linear layer on Ampere and Ada (sm_80, sm_86, sm_89): out[m, n] = (Σ_k A[m, k] · B[n, k]) · tokenScale[m] ·
// rowScale[n] + bias[n], or with RESIDUAL: residual[m, n] + gate[n] · that. A [M, K] s8 are quantized activations, B [N, K] s8
// expanded weights; the sum is exact (s32); the end is mma_gemm.cuh's, bit for bit that of s8_gemm_sm90.cu.
//
// Shapes: any M ≥ 1, N a multiple of 8, K a multiple of 16; all row-major, dense and 16-byte aligned. Operations: 2·M·N·K.
// Bytes that must move: M·K + N·K + M·N·(size of an output; twice for RESIDUAL).
//
// Macros: mma_gemm.cuh's.
// Call: s8GemmMma<<<⌈M/128⌉·⌈N/128⌉, 128, STAGES · 16 KB>>>(a, b, out, residual, tokenScale f32 [M], rowScale f32 [N], bias
// f32 [N] or null, gate f32 [N] or null (ones), M, N, K). Without RESIDUAL `residual` is not looked at; it may be `out` itself.
#include "mma_gemm.cuh"

constexpr int STAGE_BYTES = 2 * OPERAND_BYTES;

__device__ __forceinline__ void multiply(s32 (&c)[4], const u32 (&a)[4], u32 b0, u32 b1) {
    asm volatile("mma.sync.aligned.m16n8k32.row.col.s32.s8.s8.s32 {%0, %1, %2, %3}, {%4, %5, %6, %7}, {%8, %9}, {%0, %1, %2, %3};"
                 : "+r"(c[0]), "+r"(c[1]), "+r"(c[2]), "+r"(c[3])
                 : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "r"(b0), "r"(b1));
}

__device__ __forceinline__ void multiplyStage(s32 (&c)[4][8][4], u32 stage, const Self& self) {
#pragma unroll
    for (int half = 0; half < 2; half++) {
        u32 a[4][4], b[4][4];
        loadA(a, stage, self, half);
#pragma unroll
        for (int i = 0; i < 4; i++)
            loadB(b[i], stage + OPERAND_BYTES, self, half, i);
#pragma unroll
        for (int i = 0; i < 4; i++)
#pragma unroll
            for (int j = 0; j < 8; j++)
                multiply(c[i][j], a[i], b[j / 2][j % 2 * 2], b[j / 2][j % 2 * 2 + 1]);
    }
}

LAUNCH_SHAPE(s8GemmMma, THREADS, 2, STAGES * STAGE_BYTES);

extern "C" __global__ void __launch_bounds__(THREADS, 2)
    s8GemmMma(const s8* __restrict__ a, const s8* __restrict__ b, Out* out, const Out* residual,
              const float* __restrict__ tokenScale, const float* __restrict__ rowScale, const float* __restrict__ bias,
              const float* __restrict__ gate, int M, int N, int K) {
    extern __shared__ __align__(128) char memory[];
    const u32 shared = sharedAddress(memory);
    const Problem problem = {M, N};
    const Self self(problem);
    s32 c[4][8][4] = {};
    runStages<STAGE_BYTES>(
        divideUp(K, ROW_BYTES),
        [&](int step, int at) {
            loadOperand(shared + at, a, self.row, M, step, K);
            loadOperand(shared + at + OPERAND_BYTES, b, self.column, N, step, K);
        },
        [&](int at) { multiplyStage(c, shared + at, self); });
    storeTile(memory, self, problem, {tokenScale, rowScale, bias, gate}, out, residual, c);
}
