// RMSNorm over all channels of a token or over each of its stretches, then, if there is one, the rotary embedding of each head:
//   y = x / √(mean(x²) + eps) · gain; z[2i] = y[2i] · cos[2i] + y[2i + 1] · sin[2i], z[2i + 1] = y[2i + 1] · cos[2i + 1] + y[2i] · sin[2i + 1]
//
//   x, result [rows, CHANNELS], bf16 or f32, computed in f32, a token in STRETCHES rows; gain f32 [CHANNELS]; cos, sin f32
//   [turned, HEAD_SIZE] of the first tokens, or null
//
// Macros, beside those of row.cuh: HEAD_SIZE, a multiple of 8 that divides CHANNELS; STRETCHES.
// Moves 4 bytes a channel in bf16: 671 MB at [32,760, 5120], 0.22 ms at 3 TB/s; the tables of a token stay in L1 for all its heads.

#define PER_THREAD 16  // with 32 registers spill

#include "row.cuh"

static_assert(CHANNELS % HEAD_SIZE == 0 && HEAD_SIZE % UNIT == 0, "heads of whole units");

__device__ __forceinline__ void loadFloats(const float* at, float (&unit)[UNIT]) {
    *(float4*)unit = __ldg((const float4*)at);
    *(float4*)(unit + 4) = __ldg((const float4*)(at + 4));
}

__device__ __forceinline__ void storeUnit(Input* at, const float (&unit)[UNIT]) {
#if INPUT_F32
    *(float4*)at = make_float4(unit[0], unit[1], unit[2], unit[3]);
    *(float4*)(at + 4) = make_float4(unit[4], unit[5], unit[6], unit[7]);
#else
    *(uint4*)at = make_uint4(packBf16(unit[0], unit[1]), packBf16(unit[2], unit[3]), packBf16(unit[4], unit[5]),
                             packBf16(unit[6], unit[7]));
#endif
}

__device__ __forceinline__ float sumOfSquares(const Channels& values) {
    float squares = 0;
#pragma unroll
    for (int u = 0; u < UNITS; u++) {
#pragma unroll
        for (int i = 0; i < UNIT; i++) {
            squares = __fmaf_rn(values[u][i], values[u][i], squares);
        }
    }
    return squares;
}

// The sum over a token. Two places, used in turn, as fast warps may be a token ahead of slow ones.
__device__ __forceinline__ float sumOfToken(float sum, int turn) {
    __shared__ float exchanged[GROUPS][2][WARPS];
    sum = laneSum<32>(sum);
    if (WARPS == 1) return sum;
    float* warps = exchanged[group()][turn % 2];
    if (laneIndex() == 0) warps[threadOfGroup() / 32] = sum;
    synchronizeGroup();
    return laneSum<32>(laneIndex() < WARPS ? warps[laneIndex()] : 0.0f);
}

__device__ __forceinline__ void turnPairs(float (&unit)[UNIT], const float* cos, const float* sin) {
    float c[UNIT], s[UNIT];
    loadFloats(cos, c);
    loadFloats(sin, s);
#pragma unroll
    for (int i = 0; i < UNIT; i += 2) {
        const float first = unit[i];
        const float second = unit[i + 1];
        unit[i] = first * c[i] + second * s[i];
        unit[i + 1] = second * c[i + 1] + first * s[i + 1];
    }
}

LAUNCH_SHAPE(rms_norm, GROUPS * THREADS, RESIDENT, SHARED_BYTES);

extern "C" __global__ void __launch_bounds__(GROUPS* THREADS, RESIDENT)
    rms_norm(const Input* x, int rows, const float* gain, const float* cos, const float* sin, int turned, float eps,
             Input* result) {
    Queue queue(x, rows);
    int turn = 0;
    for (int row = firstToken(); row < rows; row += tokenStride()) {
        Channels values;
        queue.take(values);
        const float squares = sumOfToken(sumOfSquares(values), turn++);
        const float scale = 1.0f / sqrtf(squares / CHANNELS + eps);
        if (!isActive()) continue;
#pragma unroll
        for (int u = 0; u < UNITS; u++) {
            const int channel = firstChannel() + 4 * UNIT * u;
            float gains[UNIT];
            loadFloats(gain + channel, gains);
#pragma unroll
            for (int i = 0; i < UNIT; i++) {
                values[u][i] *= scale * gains[i];
            }
            const int token = row / STRETCHES;
            const s64 position = s64(token) * HEAD_SIZE + channel % HEAD_SIZE;
            if (token < turned) turnPairs(values[u], cos + position, sin + position);
            storeUnit(result + s64(row) * CHANNELS + channel, values[u]);
        }
    }
}
