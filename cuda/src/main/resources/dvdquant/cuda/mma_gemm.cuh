// What the integer products by mma.sync (sm_80 and later) have in common: a block's 128 × 128 tile, its way through L2, the
// ring of stages in shared memory filled by cp.async, fragments by ldmatrix, and the end: out[m, n] = fma(float(sum) ·
// tokenScale[m], rowScale[n], bias[n]), or with RESIDUAL: fma(gate[n], that, residual[m, n]).
//
// A stage holds operands of 64 bytes of each of the tile's rows of A or B (64 codes of 8 bits, or 128 of 4). Four warps, each with
// 64 × 64 sums in registers; two blocks share a multiprocessor, so that one computes while the other stores or waits.
//
// Macros: OUT_F32 0 (out and residual are bf16) or 1 (f32); RESIDUAL 0 or 1; STAGES 3 (or 2); RASTER rows of tiles in a group.
#pragma once
#include "device.cuh"

#ifndef OUT_F32
#define OUT_F32 0
#endif
#ifndef RESIDUAL
#define RESIDUAL 0
#endif
#ifndef STAGES
#define STAGES 3
#endif
#ifndef RASTER
#define RASTER 16
#endif

#if OUT_F32
using Out = float;
#else
using Out = bf16;
#endif

constexpr int TILE = 128;         // rows of A, and of B, in a block's tile
constexpr int WARP_TILE = 64;     // and in a warp's
constexpr int THREADS = 128;
constexpr int ROW_BYTES = 64;
constexpr int OPERAND_BYTES = TILE * ROW_BYTES;

// The end passes a warp's sums through shared memory, 16 rows at a time. A row is padded by 32 bytes, so that the 4 rows that
// half a warp writes at once lie in different banks.
constexpr int SUMS_ROW_BYTES = WARP_TILE * 4 + 32;
constexpr int SUMS_BYTES = 16 * SUMS_ROW_BYTES;

struct Problem {
    int M, N;
};

// Where a thread is: its block's tile, its warp's quarter of it.
struct Self {
    int row, column;          // of the tile's first element
    int warpRow, warpColumn;  // of the warp's first element in the tile
    int lane;

    // Blocks that run at the same time use the same rows and columns: a group of RASTER rows of tiles goes through all columns.
    __device__ __forceinline__ explicit Self(const Problem& problem) {
        const int rowTiles = divideUp(problem.M, TILE);
        const int columnTiles = divideUp(problem.N, TILE);
        const int first = int(blockIdx.x) / (RASTER * columnTiles) * RASTER;
        const int height = minimum(RASTER, rowTiles - first);
        const int within = int(blockIdx.x) - first * columnTiles;
        row = (first + within % height) * TILE;
        column = within / height * TILE;
        const int warp = int(warpIndex());
        warpRow = warp / 2 * WARP_TILE;
        warpColumn = warp % 2 * WARP_TILE;
        lane = int(laneIndex());
    }
};

// Chunk `chunk` of 16 bytes in row `row` of an operand: shifted, so that 8 rows' equal chunks lie in different banks, and so do 4
// rows' pairs of chunks.
__device__ __forceinline__ u32 chunkAt(u32 row, u32 chunk) {
    return row * ROW_BYTES + ((chunk ^ ((row & 2) | (row >> 2 & 1))) << 4);
}

// One operand's part of a stage. Rows and bytes beyond the matrix become zeros.
__device__ __forceinline__ void loadOperand(u32 to, const void* matrix, int firstRow, int rows, int step, int rowBytes) {
    const int chunk = int(threadIdx.x) % 4;
    const int byte = step * ROW_BYTES + chunk * 16;
#pragma unroll
    for (int i = 0; i < TILE * 4 / THREADS; i++) {
        const int row = int(threadIdx.x) / 4 + i * (THREADS / 4);
        const bool valid = firstRow + row < rows && byte < rowBytes;
        const u8* from = static_cast<const u8*>(matrix) + (valid ? s64(firstRow + row) * rowBytes + byte : 0);
        copyAsync16(to + chunkAt(row, chunk), from, valid);
    }
}

// The way through K: load(step, at) starts the copies of a step to the stage at that byte of shared memory, multiply(at) takes
// what has come there. Two steps' copies (with STAGES 3) are under way while one is multiplied. No copy is left at the end.
template <int StageBytes, class Load, class Multiply>
__device__ __forceinline__ void runStages(int steps, const Load& load, const Multiply& multiply) {
    static_assert(4 * SUMS_BYTES <= STAGES * StageBytes, "the end uses the ring's memory");
    const auto loadIfAny = [&](int step) {
        if (step < steps)
            load(step, step % STAGES * StageBytes);
        copyAsyncCommit();
    };
    for (int step = 0; step < STAGES - 1; step++)
        loadIfAny(step);
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
        copyAsyncWait<STAGES - 2>();
        __syncthreads();      // the stage is there for all, and all are done with the one before, which is filled next
        loadIfAny(step + STAGES - 1);
        multiply(step % STAGES * StageBytes);
    }
    copyAsyncWait<0>();
    __syncthreads();
}

// Fragments of 64 rows × 32 bytes of A: 4 times 16 rows, as mma takes them.
__device__ __forceinline__ void loadA(u32 (&fragments)[4][4], u32 operand, const Self& self, int half) {
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const int row = self.warpRow + i * 16 + self.lane % 16;
        loadMatrix4(fragments[i], operand + chunkAt(row, half * 2 + self.lane / 16));
    }
}

// Fragments of 16 rows × 32 bytes of B, the i-th of the warp's four: two registers for 8 rows, two for the next 8.
__device__ __forceinline__ void loadB(u32 (&fragments)[4], u32 operand, const Self& self, int half, int i) {
    const int row = self.warpColumn + i * 16 + self.lane / 16 * 8 + self.lane % 8;
    loadMatrix4(fragments, operand + chunkAt(row, half * 2 + self.lane / 8 % 2));
}

// ---- the end ----------------------------------------------------------------------------------------------------------------

constexpr int LANE_COLUMNS = 16 / int(sizeof(Out));       // a lane stores 16 bytes
constexpr int ROW_LANES = WARP_TILE / LANE_COLUMNS;
constexpr int ROWS_AT_ONCE = 32 / ROW_LANES;

struct Scales {
    const float* token;
    const float* row;
    const float* bias;        // or null
    const float* gate;        // or null
};

// The columns' values for the columns that a lane stores, the same in every row.
struct LaneColumns {
    float scale[LANE_COLUMNS], bias[LANE_COLUMNS], gate[RESIDUAL ? LANE_COLUMNS : 1];

    __device__ __forceinline__ LaneColumns(const Scales& scales, int column, bool valid) {
#pragma unroll
        for (int i = 0; i < LANE_COLUMNS; i++) {
            scale[i] = valid ? scales.row[column + i] : 0;
            bias[i] = valid && scales.bias != nullptr ? scales.bias[column + i] : 0;
            if (RESIDUAL)
                gate[i] = valid && scales.gate != nullptr ? scales.gate[column + i] : 1;
        }
    }
};

// Sixteen bytes of the output's type as floats, and back.
__device__ __forceinline__ void unpack(const uint4& bits, float (&values)[LANE_COLUMNS]) {
    const u32 words[4] = {bits.x, bits.y, bits.z, bits.w};
#pragma unroll
    for (int i = 0; i < 4; i++) {
#if OUT_F32
        values[i] = __uint_as_float(words[i]);
#else
        values[2 * i] = firstOfBf16(words[i]);
        values[2 * i + 1] = secondOfBf16(words[i]);
#endif
    }
}

__device__ __forceinline__ uint4 pack(const float (&values)[LANE_COLUMNS]) {
#if OUT_F32
    return make_uint4(__float_as_uint(values[0]), __float_as_uint(values[1]), __float_as_uint(values[2]),
                      __float_as_uint(values[3]));
#else
    return make_uint4(packBf16(values[0], values[1]), packBf16(values[2], values[3]), packBf16(values[4], values[5]),
                      packBf16(values[6], values[7]));
#endif
}

// Sixteen rows of the warp's sums, in mma's order, to rows in shared memory.
__device__ __forceinline__ void spreadSums(char* sums, int lane, const s32 (&c)[8][4]) {
#pragma unroll
    for (int eight = 0; eight < 8; eight++) {
        char* at = sums + lane / 4 * SUMS_ROW_BYTES + eight * 32 + lane % 4 * 8;
        *reinterpret_cast<int2*>(at) = make_int2(c[eight][0], c[eight][1]);
        *reinterpret_cast<int2*>(at + 8 * SUMS_ROW_BYTES) = make_int2(c[eight][2], c[eight][3]);
    }
}

// A lane's 16 bytes of one row of the output.
__device__ __forceinline__ void storeRow(const s32* sums, const LaneColumns& columns, float tokenScale, Out* out,
                                         const Out* residual) {
    float values[LANE_COLUMNS], before[LANE_COLUMNS];
    if (RESIDUAL)
        unpack(*reinterpret_cast<const uint4*>(residual), before);
#pragma unroll
    for (int i = 0; i < LANE_COLUMNS; i += 4) {
        const int4 four = *reinterpret_cast<const int4*>(sums + i);
        const s32 sum[4] = {four.x, four.y, four.z, four.w};
#pragma unroll
        for (int j = 0; j < 4; j++)
            values[i + j] = fmaf(float(sum[j]) * tokenScale, columns.scale[i + j], columns.bias[i + j]);
    }
    if (RESIDUAL) {
#pragma unroll
        for (int i = 0; i < LANE_COLUMNS; i++)
            values[i] = fmaf(columns.gate[i], values[i], before[i]);
    }
    *reinterpret_cast<uint4*>(out) = pack(values);
}

// `memory`: the block's shared memory, which no copy or product uses any more.
__device__ __forceinline__ void storeTile(char* memory, const Self& self, const Problem& problem, const Scales& scales, Out* out,
                                          const Out* residual, const s32 (&c)[4][8][4]) {
    char* sums = memory + int(warpIndex()) * SUMS_BYTES;
    const int laneColumn = self.lane % ROW_LANES * LANE_COLUMNS;
    const int column = self.column + self.warpColumn + laneColumn;
    const bool columnValid = column < problem.N;
    const LaneColumns columns(scales, column, columnValid);
#pragma unroll
    for (int sixteen = 0; sixteen < 4; sixteen++) {
        spreadSums(sums, self.lane, c[sixteen]);
        __syncwarp();
#pragma unroll
        for (int i = 0; i < 16 / ROWS_AT_ONCE; i++) {
            const int local = i * ROWS_AT_ONCE + self.lane / ROW_LANES;
            const int row = self.row + self.warpRow + sixteen * 16 + local;
            if (columnValid && row < problem.M) {
                const s64 at = s64(row) * problem.N + column;
                storeRow(reinterpret_cast<const s32*>(sums + local * SUMS_ROW_BYTES) + laneColumn, columns, scales.token[row],
                         out + at, residual + at);
            }
        }
        __syncwarp();
    }
}
