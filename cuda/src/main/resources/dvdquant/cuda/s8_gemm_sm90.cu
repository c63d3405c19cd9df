// The quantized linear layer on Hopper: out[m, n] = (Σ_k A[m, k] · B[n, k]) · tokenScale[m] · rowScale[n] + bias[n], or with
// RESIDUAL: out[m, n] = residual[m, n] + gate[n] · that. A [M, K] s8 are quantized activations, B [N, K] s8 expanded weights,
// the sum is exact (s32 over all of K: |sum| < 2³¹ up to K = 131,072), then f32: fma(float(sum) · tokenScale, rowScale, bias),
// and for RESIDUAL fma(gate, that, residual); rounded once to the output's type.
//
// Shapes: any M ≥ 1, N a multiple of 8, K a multiple of 16; all row-major and dense. What a tile has beyond M, N or K arrives as
// zeros and is not written. Operations: 2·M·N·K. Bytes that must move: M·K + N·K + M·N·(size of an output; twice for RESIDUAL).
//
// Macros: OUT_F32, 0: out and residual are bf16, 1: f32. RESIDUAL 0 or 1. What else was tried: docs/notes/gpu.md.
//
// Call: s8Gemm<<<blocks, THREADS, SHARED_BYTES>>>(a, b, out, residual, tokenScale, rowScale, bias, gate, M, N, K)
//   a         tensor map of A, s8 [M, K], box TILE_M × TILE_K, swizzle = TILE_K bytes
//   b         of B, s8 [N, K], box TILE_N × TILE_K, swizzle = TILE_K bytes
//   out       of the output [M, N], box 16 rows × 64 bytes (32 bf16, 16 f32), swizzle 64 bytes
//   residual  like `out`; without RESIDUAL not looked at (pass `out` again); may be the output's own memory
//   tokenScale f32 [M]; rowScale f32 [N]; bias f32 [N] or null; gate f32 [N] or null (ones); all but tokenScale 16-byte aligned
//   blocks    as many as there are multiprocessors, or fewer
#include "hopper.cuh"

#ifndef OUT_F32
#define OUT_F32 0
#endif
#ifndef RESIDUAL
#define RESIDUAL 0
#endif

#if OUT_F32
using Out = float;
#else
using Out = bf16;
#endif

constexpr int WARPGROUPS = 2;           // that multiply; each has 64 rows of a tile
constexpr int TILE_M = 64 * WARPGROUPS;
constexpr int TILE_N = 256;
constexpr int TILE_K = 128;             // of a stage
constexpr int STAGES = 4;               // of the ring in shared memory
constexpr int LAG = 2;                  // stages by which the second warpgroup ends a tile after the first, see multiplyTile()
constexpr int RASTER = 16;              // rows of tiles in a group, which is walked down its columns
constexpr int BUFFERS = 3;              // pieces of 16 rows × 64 bytes that a warp keeps for what it stores
constexpr int MATH_WARPS = 4 * WARPGROUPS;
constexpr int THREADS = 128 * (WARPGROUPS + 1);
// The register file has 64 Ki registers; the copying warpgroup needs few of its share.
constexpr int MATH_REGISTERS = 232;
constexpr int COPY_REGISTERS = 40;
constexpr int ACCUMULATORS = TILE_N / 2;
constexpr int PIECE_COLUMNS = 64 / int(sizeof(Out));
constexpr int PIECES = TILE_N / PIECE_COLUMNS;

// Shared memory, from its start: the ring's A tiles, its B tiles, the pieces, two sets of column values, the barriers.
constexpr int A_BYTES = TILE_M * TILE_K;
constexpr int B_BYTES = TILE_N * TILE_K;
constexpr int PIECE_BYTES = 16 * 64;
constexpr int COLUMN_KINDS = RESIDUAL ? 3 : 2;
constexpr int COLUMN_SET_BYTES = COLUMN_KINDS * TILE_N * 4;
constexpr int B_AT = STAGES * A_BYTES;
constexpr int PIECES_AT = B_AT + STAGES * B_BYTES;
constexpr int COLUMNS_AT = PIECES_AT + MATH_WARPS * BUFFERS * PIECE_BYTES;
constexpr int FULL_AT = COLUMNS_AT + 2 * COLUMN_SET_BYTES;
constexpr int EMPTY_AT = FULL_AT + STAGES * 8;
constexpr int COLUMNS_FULL_AT = EMPTY_AT + STAGES * 8;
constexpr int COLUMNS_EMPTY_AT = COLUMNS_FULL_AT + 2 * 8;
constexpr int RESIDUAL_AT = COLUMNS_EMPTY_AT + 2 * 8;
constexpr int SHARED_BYTES = RESIDUAL_AT + (RESIDUAL ? MATH_WARPS * BUFFERS * 8 : 0);
static_assert(SHARED_BYTES <= 227 * 1024, "more shared memory than a block can have");
static_assert(LAG < STAGES, "a warpgroup that waits for another must not hold all stages");
static_assert(!RESIDUAL || BUFFERS >= 3, "a piece's residual is waited for while the piece before it is written");
static_assert(A_BYTES % 1024 == 0 && B_BYTES % 1024 == 0, "tiles must begin where the swizzle's pattern does");

#define FOUR(i) "+r"(c[i]), "+r"(c[i + 1]), "+r"(c[i + 2]), "+r"(c[i + 3])
#define EIGHT(i) FOUR(i), FOUR(i + 4)

// 64×256 += 64×32 · (256×32)ᵀ
__device__ __forceinline__ void multiply(s32 (&c)[128], u64 a, u64 b, u32 accumulate) {
    asm volatile(
        "{\n"
        ".reg .pred accumulate;\n"
        "setp.ne.b32 accumulate, %130, 0;\n"
        "wgmma.mma_async.sync.aligned.m64n256k32.s32.s8.s8 {"
        "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, "
        "%16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31, "
        "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, "
        "%48, %49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63, "
        "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, "
        "%80, %81, %82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, "
        "%96, %97, %98, %99, %100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, "
        "%112, %113, %114, %115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127}, "
        "%128, %129, accumulate;\n"
        "}"
        : EIGHT(0), EIGHT(8), EIGHT(16), EIGHT(24), EIGHT(32), EIGHT(40), EIGHT(48), EIGHT(56),
          EIGHT(64), EIGHT(72), EIGHT(80), EIGHT(88), EIGHT(96), EIGHT(104), EIGHT(112), EIGHT(120)
        : "l"(a), "l"(b), "r"(accumulate));
}

// Keeps the compiler from reading the accumulators before this point, where they have been waited for.
__device__ __forceinline__ void settle(s32 (&c)[ACCUMULATORS]) {
#pragma unroll
    for (int i = 0; i < ACCUMULATORS; i++)
        asm volatile("" : "+r"(c[i])::"memory");
}

// A place in the ring of stages, and the parity of the round that it is in.
struct Place {
    int stage = 0;
    u32 parity = 0;

    __device__ __forceinline__ void advance() {
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
};

// One of the tiles' two sets of column values, likewise.
struct Set {
    u32 index = 0;
    u32 parity = 0;

    __device__ __forceinline__ void advance() {
        parity ^= index;
        index ^= 1;
    }
};

struct Problem {
    int M, N, K;
    int steps;        // along K
    int rowTiles;     // along M
    int columnTiles;

    __device__ __forceinline__ Problem(int M, int N, int K)
        : M(M), N(N), K(K), steps(divideUp(K, TILE_K)),
          rowTiles(divideUp(M, TILE_M)), columnTiles(divideUp(N, TILE_N)) {
    }
};

// A block's walk through its tiles. Neighbours in time use the same rows and columns, so that L2 serves them: a group is RASTER
// tiles wide, and goes through the whole other dimension.
struct Walk {
    const Problem& problem;
    int index;
    int row = 0;      // of the tile's first element
    int column = 0;

    __device__ __forceinline__ Walk(const Problem& problem)
        : problem(problem), index(int(blockIdx.x)) {
    }

    // Goes to the current tile; false when there is none.
    __device__ __forceinline__ bool tile() {
        if (index >= problem.rowTiles * problem.columnTiles)
            return false;
        const int first = index / (RASTER * problem.columnTiles) * RASTER;
        const int width = minimum(RASTER, problem.rowTiles - first);
        const int within = index - first * problem.columnTiles;
        const int far = within / width;
        row = (first + within - far * width) * TILE_M;
        column = far * TILE_N;
        return true;
    }

    __device__ __forceinline__ void next() {
        index += int(gridDim.x);
    }
};

// ---- the copying thread -----------------------------------------------------------------------------------------------------

__device__ __forceinline__ void loadColumns(u32 shared, const Set& set, const Walk& walk, const float* rowScale,
                                            const float* bias, const float* gate) {
    barrierWait(shared + COLUMNS_EMPTY_AT + set.index * 8, set.parity ^ 1);
    const u32 to = shared + COLUMNS_AT + set.index * COLUMN_SET_BYTES;
    const u32 full = shared + COLUMNS_FULL_AT + set.index * 8;
    const u32 bytes = u32(minimum(TILE_N, walk.problem.N - walk.column)) * 4;
    barrierArriveExpect(full, bytes * (1 + (bias != nullptr) + (RESIDUAL && gate != nullptr)));
    bulkLoad(to, rowScale + walk.column, bytes, full);
    if (bias != nullptr)
        bulkLoad(to + TILE_N * 4, bias + walk.column, bytes, full);
    if (RESIDUAL && gate != nullptr)
        bulkLoad(to + 2 * TILE_N * 4, gate + walk.column, bytes, full);
}

__device__ __forceinline__ void loadStage(u32 shared, const Place& place, const Walk& walk, int step, const TensorMap& a,
                                          const TensorMap& b) {
    const u32 empty = shared + EMPTY_AT + place.stage * 8;
    const u32 full = shared + FULL_AT + place.stage * 8;
    const u32 aTo = shared + place.stage * A_BYTES;
    const u32 bTo = shared + B_AT + place.stage * B_BYTES;
    barrierWait(empty, place.parity ^ 1);
    barrierArriveExpect(full, A_BYTES + B_BYTES);
    tmaLoad2(aTo, a, full, step * TILE_K, walk.row);
    tmaLoad2(bTo, b, full, step * TILE_K, walk.column);
}

// ---- the math warpgroups ----------------------------------------------------------------------------------------------------

// What a warp and a lane of it know all the time.
struct Self {
    u32 shared;       // where the block's shared memory begins
    u32 group;        // warpgroup
    u32 warp;         // in the block
    u32 lane;

    // The first of the warp's 16 rows in the tile.
    __device__ __forceinline__ int firstRow() const {
        return int(warp) * 16;
    }

    __device__ __forceinline__ u32 piece(int buffer) const {
        return shared + PIECES_AT + (warp * BUFFERS + buffer) * PIECE_BYTES;
    }

    __device__ __forceinline__ u32 residualBarrier(int buffer) const {
        return shared + RESIDUAL_AT + (warp * BUFFERS + buffer) * 8;
    }
};

__device__ __forceinline__ void release(const Self& self, int stage) {
    const u32 empty = self.shared + EMPTY_AT + stage * 8;
    if (self.lane == 0)
        barrierArrive(empty);
}

__device__ __forceinline__ void loadResidual(const Self& self, const Walk& walk, const TensorMap& residual, int piece) {
    const u32 barrier = self.residualBarrier(piece % BUFFERS);
    barrierArriveExpect(barrier, PIECE_BYTES);
    tmaLoad2(self.piece(piece % BUFFERS), residual, barrier, walk.column + piece * PIECE_COLUMNS, walk.row + self.firstRow());
}

// The products of one stage.
__device__ __forceinline__ void multiplyStage(const Self& self, int stage, bool first, s32 (&c)[ACCUMULATORS]) {
    const u64 a = descriptor128(self.shared + stage * A_BYTES + self.group * (64 * TILE_K));
    const u64 b = descriptor128(self.shared + B_AT + stage * B_BYTES);
    wgmmaFence();
#pragma unroll
    for (int k = 0; k < TILE_K / 32; k++)
        multiply(c, a + k * 2, b + k * 2, !(first && k == 0));
    wgmmaCommit();
}

// The sum over all of K. One stage's products are under way while the next stage is waited for; a stage is given back one step
// after its products were started.
// While a warpgroup writes its results the tensor cores should work for the other one. So near a tile's end the second waits
// until the first has started its last products: then it ends LAG stages later, has the tensor cores for itself meanwhile, and
// gives them up for its own results just when the other comes back. Short sums (then one warpgroup might be a whole tile ahead,
// which the hardware barrier could not tell) do without.
__device__ __forceinline__ void multiplyTile(const Self& self, const Walk& walk, Place& place, const TensorMap& residual,
                                             s32 (&c)[ACCUMULATORS]) {
    const int steps = walk.problem.steps;
    const bool lagging = steps > STAGES;
    int held = -1;
#pragma unroll 1
    for (int step = 0; step < steps; step++) {
        if (lagging && self.group > 0 && step == steps - LAG) {
            wgmmaWait<0>();
            release(self, held);
            held = -1;
            namedSync(self.group, 256);
        }
        barrierWait(self.shared + FULL_AT + place.stage * 8, place.parity);
        multiplyStage(self, place.stage, step == 0, c);
        if (RESIDUAL && step == 0 && self.lane == 0) {
            tmaStoreWaitRead<0>();
#pragma unroll
            for (int piece = 0; piece < minimum(BUFFERS, PIECES); piece++)
                loadResidual(self, walk, residual, piece);
        }
        wgmmaWait<1>();
        if (held >= 0)
            release(self, held);
        held = place.stage;
        place.advance();
    }
    if (lagging && self.group < WARPGROUPS - 1)
        namedArrive(self.group + 1, 256);
    wgmmaWait<0>();
    settle(c);
    release(self, held);
}

struct Pair {
    float x, y;
};

__device__ __forceinline__ Pair loadPair(u32 address) {
    Pair pair;
    asm volatile("ld.shared.v2.f32 {%0, %1}, [%2];" : "=f"(pair.x), "=f"(pair.y) : "r"(address) : "memory");
    return pair;
}

__device__ __forceinline__ void storePair(u32 address, Pair pair) {
    asm volatile("st.shared.v2.f32 [%0], {%1, %2};" ::"r"(address), "f"(pair.x), "f"(pair.y) : "memory");
}

// Scales, bias and (RESIDUAL) gate of two neighbouring columns.
struct Columns {
    Pair scale, bias, gate;

    __device__ __forceinline__ Columns(u32 address) {
        scale = loadPair(address);
        bias = loadPair(address + TILE_N * 4);
        gate = RESIDUAL ? loadPair(address + 2 * TILE_N * 4) : Pair{1, 1};
    }

    __device__ __forceinline__ Pair scaled(s32 x, s32 y, float tokenScale) const {
        return {fmaf(float(x) * tokenScale, scale.x, bias.x), fmaf(float(y) * tokenScale, scale.y, bias.y)};
    }

    __device__ __forceinline__ Pair added(Pair value, Pair residual) const {
        return {fmaf(gate.x, value.x, residual.x), fmaf(gate.y, value.y, residual.y)};
    }
};

// A piece of 16 rows × 64 bytes in fragment order, computed into registers and written to (added to) its buffer. In the
// products' result a lane has, of each 8 columns, two neighbours in row lane / 4 and two in row lane / 4 + 8.
#if OUT_F32
struct Piece {
    Pair value[4];    // [8 columns][row half]

    __device__ __forceinline__ Piece(const s32* c, u32 columns, float upperScale, float lowerScale, u32 buffer, u32 lane) {
#pragma unroll
        for (int eight = 0; eight < 2; eight++) {
            const Columns column(columns + eight * 32);
            value[eight * 2] = column.scaled(c[eight * 4], c[eight * 4 + 1], upperScale);
            value[eight * 2 + 1] = column.scaled(c[eight * 4 + 2], c[eight * 4 + 3], lowerScale);
            if (RESIDUAL) {
                const u32 from = address(buffer, lane, eight);
                value[eight * 2] = column.added(value[eight * 2], loadPair(from));
                value[eight * 2 + 1] = column.added(value[eight * 2 + 1], loadPair(from + 8 * 64));
            }
        }
    }

    __device__ __forceinline__ void write(u32 buffer, u32 lane) const {
#pragma unroll
        for (int eight = 0; eight < 2; eight++) {
            storePair(address(buffer, lane, eight), value[eight * 2]);
            storePair(address(buffer, lane, eight) + 8 * 64, value[eight * 2 + 1]);
        }
    }

    static __device__ __forceinline__ u32 address(u32 buffer, u32 lane, int eight) {
        return buffer + (swizzled64(lane / 4, (lane & 3) / 2) ^ (eight * 32)) + (lane & 1) * 8;
    }
};
#else
struct Piece {
    u32 value[2][4];  // [16 columns][8 columns × row half, as stmatrix and ldmatrix count the matrices]

    __device__ __forceinline__ Piece(const s32* c, u32 columns, float upperScale, float lowerScale, u32 buffer, u32 lane) {
#pragma unroll
        for (int sixteen = 0; sixteen < 2; sixteen++) {
            u32 before[4];
            if (RESIDUAL)
                loadMatrix4(before, address(buffer, lane, sixteen));
#pragma unroll
            for (int eight = 0; eight < 2; eight++) {
                const s32* sum = c + sixteen * 8 + eight * 4;
                const Columns column(columns + sixteen * 64 + eight * 32);
                Pair upper = column.scaled(sum[0], sum[1], upperScale);
                Pair lower = column.scaled(sum[2], sum[3], lowerScale);
                if (RESIDUAL) {
                    const u32 above = before[eight * 2], below = before[eight * 2 + 1];
                    upper = column.added(upper, {firstOfBf16(above), secondOfBf16(above)});
                    lower = column.added(lower, {firstOfBf16(below), secondOfBf16(below)});
                }
                value[sixteen][eight * 2] = packBf16(upper.x, upper.y);
                value[sixteen][eight * 2 + 1] = packBf16(lower.x, lower.y);
            }
        }
    }

    __device__ __forceinline__ void write(u32 buffer, u32 lane) const {
#pragma unroll
        for (int sixteen = 0; sixteen < 2; sixteen++) {
            const u32(&v)[4] = value[sixteen];
            storeMatrix4(address(buffer, lane, sixteen), v[0], v[1], v[2], v[3]);
        }
    }

    // Lane l's row of the four matrices: rows 0 … 7 and 8 … 15 of the first 8 columns, then of the next 8.
    static __device__ __forceinline__ u32 address(u32 buffer, u32 lane, int sixteen) {
        return buffer + (swizzled64(lane & 15, lane / 16) ^ (sixteen * 32));
    }
};
#endif

// What the pieces of one tile are made from.
struct Results {
    const Self& self;
    const Walk& walk;
    u32 columns;      // where this lane's first two columns' values begin
    u32 tileParity;
    float upperScale, lowerScale;

    // RESIDUAL: waits until the piece's buffer holds the residual.
    __device__ __forceinline__ Piece piece(int piece, const s32 (&c)[ACCUMULATORS]) const {
        const int buffer = piece % BUFFERS;
        if (RESIDUAL) {
            // Times that this buffer is filled for one tile, and how often it was for this one.
            const int fillings = (PIECES - buffer + BUFFERS - 1) / BUFFERS;
            barrierWait(self.residualBarrier(buffer), (tileParity * fillings + piece / BUFFERS) & 1);
        }
        return Piece(c + piece * (PIECE_COLUMNS / 2), columns + piece * PIECE_COLUMNS * 4, upperScale, lowerScale,
                     self.piece(buffer), self.lane);
    }
};

// Sums to results, piece by piece: each warp for itself, so that no warp waits for another. The copy engine takes a piece away
// while the next ones are computed; the next one's arithmetic stands before the fence, which waits for the writes.
__device__ __forceinline__ void storeTile(const Self& self, const Walk& walk, const Set& set, u32 tileParity,
                                          const TensorMap& out, const TensorMap& residual, float upperScale, float lowerScale,
                                          const s32 (&c)[ACCUMULATORS]) {
    const u32 columns = self.shared + COLUMNS_AT + set.index * COLUMN_SET_BYTES + (self.lane & 3) * 8;
    const Results results = {self, walk, columns, tileParity, upperScale, lowerScale};
    barrierWait(self.shared + COLUMNS_FULL_AT + set.index * 8, set.parity);
    Piece current = results.piece(0, c);
#pragma unroll
    for (int piece = 0; piece < PIECES; piece++) {
        const u32 at = self.piece(piece % BUFFERS);
        if (!RESIDUAL && (piece == 0 || piece >= BUFFERS)) {
            if (self.lane == 0) {
                if (piece == 0)
                    tmaStoreWaitRead<0>();
                else
                    tmaStoreWaitRead<BUFFERS - 1>();
            }
            __syncwarp();
        }
        current.write(at, self.lane);
        if (piece + 1 < PIECES)
            current = results.piece(piece + 1, c);
        fenceProxyAsync();
        __syncwarp();
        if (self.lane == 0) {
            tmaStore2(out, at, walk.column + piece * PIECE_COLUMNS, walk.row + self.firstRow());
            tmaStoreCommit();
            if (RESIDUAL && piece > 0 && piece - 1 + BUFFERS < PIECES) {
                tmaStoreWaitRead<1>();
                loadResidual(self, walk, residual, piece - 1 + BUFFERS);
            }
        }
    }
    if (self.lane == 0)
        barrierArrive(self.shared + COLUMNS_EMPTY_AT + set.index * 8);
}

// ---- the kernel -------------------------------------------------------------------------------------------------------------

__device__ __forceinline__ void initialise(u32 shared, u8* memory, const float* bias, const float* gate) {
    if (threadIdx.x == 0) {
        for (int stage = 0; stage < STAGES; stage++) {
            barrierInit(shared + FULL_AT + stage * 8, 1);
            barrierInit(shared + EMPTY_AT + stage * 8, MATH_WARPS);
        }
        for (int set = 0; set < 2; set++) {
            barrierInit(shared + COLUMNS_FULL_AT + set * 8, 1);
            barrierInit(shared + COLUMNS_EMPTY_AT + set * 8, MATH_WARPS);
        }
        if (RESIDUAL)
            for (int i = 0; i < MATH_WARPS * BUFFERS; i++)
                barrierInit(shared + RESIDUAL_AT + i * 8, 1);
        barrierInitFence();
    }
    // What is not given is never loaded and keeps these values.
    for (int i = threadIdx.x; i < 2 * TILE_N; i += THREADS) {
        float* column = reinterpret_cast<float*>(memory + COLUMNS_AT + i / TILE_N * COLUMN_SET_BYTES) + i % TILE_N;
        if (bias == nullptr)
            column[TILE_N] = 0;
        if (RESIDUAL && gate == nullptr)
            column[2 * TILE_N] = 1;
    }
    __syncthreads();
}

LAUNCH_SHAPE(s8Gemm, THREADS, 1, SHARED_BYTES);

extern "C" __global__ void __launch_bounds__(THREADS, 1)
    s8Gemm(const __grid_constant__ TensorMap a, const __grid_constant__ TensorMap b, const __grid_constant__ TensorMap out,
           const __grid_constant__ TensorMap residual, const float* __restrict__ tokenScale, const float* __restrict__ rowScale,
           const float* __restrict__ bias, const float* __restrict__ gate, int M, int N, int K) {
    extern __shared__ __align__(1024) u8 memory[];
    const u32 shared = sharedAddress(memory);
    const Problem problem(M, N, K);
    const u32 warp = warpIndex();
    initialise(shared, memory, bias, gate);
    Walk walk(problem);
    Set set;
    Place place;

    if (warp >= MATH_WARPS) {
        registersDecrease<COPY_REGISTERS>();
        if (threadIdx.x == MATH_WARPS * 32) {
            for (; walk.tile(); walk.next(), set.advance()) {
                loadColumns(shared, set, walk, rowScale, bias, gate);
                for (int step = 0; step < problem.steps; step++, place.advance())
                    loadStage(shared, place, walk, step, a, b);
            }
        }
    } else {
        registersIncrease<MATH_REGISTERS>();
        const Self self = {shared, warp / 4, warp, laneIndex()};
        s32 c[ACCUMULATORS];
        for (u32 tileParity = 0; walk.tile(); walk.next(), set.advance(), tileParity ^= 1) {
            const int upper = walk.row + self.firstRow() + int(self.lane / 4);
            const float upperScale = upper < M ? tokenScale[upper] : 0;
            const float lowerScale = upper + 8 < M ? tokenScale[upper + 8] : 0;
            multiplyTile(self, walk, place, residual, c);
            storeTile(self, walk, set, tileParity, out, residual, upperScale, lowerScale, c);
        }
        if (self.lane == 0)
            tmaStoreWait<0>();
    }
}
