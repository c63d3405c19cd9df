// Attention with 8-bit products, for sm_90a.
//
//     out[token, head] = softmax(q kᵀ) v,   q = q8 · qScale[head, token],  k = k8 · kScale[head, key / 32],
//                                           v = v8 · vScale[head, channel] + vCentre[head, channel]
//
// qScale holds sm_scale · log2(e), so powers of two are what is summed. The inputs are what attention_inputs.cu writes:
//     q8  s8 [heads, tokens, D]   by tensor map q: box 64·WARPGROUPS × D
//     k8  s8 [heads, keys, D]     by tensor map k: box 128 × D; swizzle as wide as a row (128 or 64 bytes)
//     v8  s8 [heads, D, keys padded to 128], keys permuted inside each 16 (see P below), by tensor map v: box D × 128 bytes
//     out [tokens, heads · D]
//
// A block owns 64·WARPGROUPS queries of one head and walks over the keys by tiles of 128; one warp feeds it by the tensor copy
// engine, each warpgroup computes 64 rows. For a tile:
//     S = q8 k8ᵀ in s32; L = S · qScale · kScale; m = the maximum of L, row by row; P = round(255 · 2^(L − m)) as u8;
//     T = P v8 in s32;
//     O += 2^(m − reference) · T and the same for the sum of P's codes. f32 has the range to leave the reference alone until a
//     row's maximum exceeds it by 2^8.
// P as u8 relative to the tile's own maximum is finer than e4m3 (3 bits of mantissa): about 0.013 in all against 0.037.
//
// Work for 128 queries × 128 keys × D = 128 on one SM: 4.2 M multiply-adds = 1,024 clocks of the tensor cores, 16,384 powers of
// two = 1,024 clocks of the special function unit, about 7 instructions an element = 900 clocks of issue: all must overlap.
// Bytes: 32 KiB of k and v a tile from L2 for 64·WARPGROUPS queries; a head's k and v (8.4 MB at 32,760 keys) stay in L2.
//
// Macros: D 128 or 64. WARPGROUPS 3 or 2. STAGES of k and of v. OUT_F32: f32 instead of bf16.
#include "hopper.cuh"

#ifndef D
#define D 128
#endif
#ifndef WARPGROUPS
#define WARPGROUPS 3
#endif
#ifndef STAGES
#define STAGES 3
#endif
#ifdef OUT_F32
using Out = float;
#else
using Out = bf16;
#endif

constexpr int KEYS = 128;                          // of a tile
constexpr int KEYS_A_SCALE = 32;
constexpr u32 SCALE_BYTES = 4 * KEYS / KEYS_A_SCALE;   // of a tile
constexpr int QUERIES = 64 * WARPGROUPS;           // of a block
constexpr u32 CONSUMERS = 128 * WARPGROUPS;
constexpr u32 Q_BYTES = QUERIES * D;
constexpr u32 TILE_BYTES = KEYS * D;               // of k, and of v
constexpr u32 MAGIC_BITS = 0x4b400000;             // 1.5 · 2²³: a float whose last bit counts 1
constexpr float MAGIC = 12582912.0f;
constexpr float LARGEST = -16.0056483f;            // log2(255) − 24, see codes()
constexpr float HEADROOM = 8.0f;

// Shared memory: q, the ring of k, the ring of v (all at multiples of 1,024 bytes), the scales of the tiles of k, then the barriers.
constexpr u32 K_AT = Q_BYTES;
constexpr u32 V_AT = K_AT + STAGES * TILE_BYTES;
constexpr u32 SCALES_AT = V_AT + STAGES * TILE_BYTES;
constexpr u32 BARRIERS_AT = SCALES_AT + STAGES * SCALE_BYTES;

struct Shared {
    u32 base;
    __device__ u32 k(u32 stage) const { return base + K_AT + stage * TILE_BYTES; }
    __device__ u32 v(u32 stage) const { return base + V_AT + stage * TILE_BYTES; }
    __device__ u32 scales(u32 stage) const { return base + SCALES_AT + stage * SCALE_BYTES; }
    __device__ u32 qFull() const { return base + BARRIERS_AT; }
    __device__ u32 kFull(u32 stage) const { return base + BARRIERS_AT + 8 + stage * 32; }
    __device__ u32 kEmpty(u32 stage) const { return kFull(stage) + 8; }
    __device__ u32 vFull(u32 stage) const { return kFull(stage) + 16; }
    __device__ u32 vEmpty(u32 stage) const { return kFull(stage) + 24; }
};

// A place in a ring of STAGES, and the parity of the barriers' phase on this round.
struct Place {
    u32 stage = 0, parity = 0;
    __device__ void advance() {
        if (++stage == STAGES) {
            stage = 0;
            parity ^= 1;
        }
    }
};

// ---- products of a warpgroup: 64 × N × 32, added to d or (accumulate = 0) written there -----------------------------------

#define ACCUMULATORS_8(d, at)                                                                                             \
    "+r"(d[at]), "+r"(d[at + 1]), "+r"(d[at + 2]), "+r"(d[at + 3]), "+r"(d[at + 4]), "+r"(d[at + 5]), "+r"(d[at + 6]),    \
        "+r"(d[at + 7])
#define ACCUMULATORS_16(d, at) ACCUMULATORS_8(d, at), ACCUMULATORS_8(d, at + 8)
#define ACCUMULATORS_32(d) ACCUMULATORS_16(d, 0), ACCUMULATORS_16(d, 16)
#define ACCUMULATORS_64(d) ACCUMULATORS_32(d), ACCUMULATORS_16(d, 32), ACCUMULATORS_16(d, 48)
#define NAMES_32                                                                                                          \
    "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, %19, %20, %21, %22, %23, "     \
    "%24, %25, %26, %27, %28, %29, %30, %31"
#define NAMES_64                                                                                                          \
    NAMES_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, "     \
             "%52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

// d += a b for s8 a and b in shared memory.
__device__ __forceinline__ void productS(u32 (&d)[64], u64 a, u64 b) {
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k32.s32.s8.s8 " NAMES_64 "}, %64, %65, 1;"
                 : ACCUMULATORS_64(d)
                 : "l"(a), "l"(b));
}

// The same for u8 a in registers: p[4 · Step …].
template <int Step, int Accumulate>
__device__ __forceinline__ void productT(u32 (&d)[D / 2], const u32 (&p)[16], u64 b) {
#if D == 128
    asm volatile("wgmma.mma_async.sync.aligned.m64n128k32.s32.u8.s8 " NAMES_64 "}, {%64, %65, %66, %67}, %68, %69;"
                 : ACCUMULATORS_64(d)
#else
    asm volatile("wgmma.mma_async.sync.aligned.m64n64k32.s32.u8.s8 " NAMES_32 "}, {%32, %33, %34, %35}, %36, %37;"
                 : ACCUMULATORS_32(d)
#endif
                 : "r"(p[Step * 4]), "r"(p[Step * 4 + 1]), "r"(p[Step * 4 + 2]), "r"(p[Step * 4 + 3]), "l"(b), "n"(Accumulate));
}

// The products run by themselves: tells the compiler that it must not read these registers before this point.
template <int Size>
__device__ __forceinline__ void settle(u32 (&d)[Size]) {
#pragma unroll
    for (int i = 0; i < Size; i++)
        asm volatile("" : "+r"(d[i])::"memory");
}

// S = q kᵀ on top of what s holds.
__device__ __forceinline__ void startS(u32 (&s)[64], u32 q, u32 k) {
    const u64 a = D == 128 ? descriptor128(q) : descriptor64(q);
    const u64 b = D == 128 ? descriptor128(k) : descriptor64(k);
#pragma unroll
    for (int step = 0; step < D / 32; step++)
        productS(s, a + step * 2, b + step * 2);
    wgmmaCommit();
}

// T = P v.
__device__ __forceinline__ void startT(u32 (&t)[D / 2], const u32 (&p)[16], u32 v) {
    const u64 b = descriptor128(v);
    productT<0, 0>(t, p, b);
    productT<1, 1>(t, p, b + 2);
    productT<2, 1>(t, p, b + 4);
    productT<3, 1>(t, p, b + 6);
    wgmmaCommit();
}

// ---- P from S -------------------------------------------------------------------------------------------------------------
// A thread has rows lane/4 (r = 0) and lane/4 + 8 (r = 1) of its warp's 16; element i of an accumulator is in row i/2 % 2 and
// column 8·(i/4) + 2·(lane % 4) + i % 2.

// What is known of a thread's two rows in one tile: the maximum of the logits (in powers of two), the sum of its codes.
struct TileRows {
    float maximum[2];
    u32 sum[2];
};

// S starts at MAGIC instead of zero, so that its bits already are the float MAGIC + s (|s| ≤ 127·127·128 < 2²²): a move before
// the product instead of a conversion, at half a move's rate, after it.
__device__ __forceinline__ void startAtMagic(u32 (&s)[64]) {
#pragma unroll
    for (int i = 0; i < 64; i++)
        s[i] = MAGIC_BITS;
}

// Two floats, each a small integer times 2^-24 after rounding: subnormal f16 count in steps of 2^-24, so the conversion rounds
// to whole codes and leaves them in the low bytes of the two halves.
__device__ __forceinline__ u32 roundedPair(float first, float second) {
    u32 result;
    asm("cvt.rn.f16x2.f32 %0, %1, %2;" : "=r"(result) : "f"(second), "f"(first));
    return result;
}

__device__ __forceinline__ u32 sumBytes(u32 bytes, u32 sum) {
    u32 result;
    asm("dp4a.u32.u32 %0, %1, %2, %3;" : "=r"(result) : "r"(bytes), "r"(0x01010101), "r"(sum));
    return result;
}

// This thread's index, asked for where it is needed: kept over the loop, it would cost a register that there is not.
__device__ __forceinline__ int threadAgain() {
    int thread;
    asm volatile("mov.u32 %0, %%tid.x;" : "=r"(thread));
    return thread;
}

// Columns at and beyond `valid` are no keys: minus infinity, which is less than every MAGIC + s as an integer too.
__device__ __forceinline__ void maskS(u32 (&s)[64], int valid) {
    const int left = valid - threadAgain() % 4 * 2;
#pragma unroll
    for (int i = 0; i < 64; i++)
        if (i / 4 * 8 + i % 2 >= left)
            s[i] = 0xff800000u;
}

// The largest of row r among this thread's columns of group g; three-input maxima take two elements at a time.
__device__ __forceinline__ s32 largestOf(const u32 (&s)[64], int r, int g) {
    const int first = g * (KEYS_A_SCALE / 2) + 2 * r;
    s32 largest = s32(s[first]);
#pragma unroll
    for (int i = first; i < first + KEYS_A_SCALE / 2; i += 4)
        largest = max(max(largest, s32(s[i])), s32(s[i + 1]));
    return largest;
}

__device__ __forceinline__ float largestOfQuad(float value) {
    value = maximumOrNan(value, __shfl_xor_sync(0xffffffffu, value, 1));
    return maximumOrNan(value, __shfl_xor_sync(0xffffffffu, value, 2));
}

// What a unit of S is worth for row r and a group of keys; not zero, so that minus infinity times it stays that. Each group's is
// read again where it is needed, as there are no registers to keep it in. NaN, of a scale that is, goes on to the row's maximum, weight
// and result.
struct Units {
    u32 scales;       // of the tile, in shared memory
    float rows[2];

    __device__ __forceinline__ void ofGroup(int g, float (&c)[2]) const {
        float scale;
        asm volatile("ld.shared.f32 %0, [%1];" : "=f"(scale) : "r"(scales + 4 * g));
        c[0] = maximumOrNan(rows[0] * scale, 1e-30f);
        c[1] = maximumOrNan(rows[1] * scale, 1e-30f);
    }
};

// P's codes for row r and group g, 2^(S·c + shift), as the fragment of A in T = P v: slot 4t + i of 16 keys is key
// {2t, 2t+1, 8+2t, 9+2t}[i].
__device__ __forceinline__ void codes(const u32 (&s)[64], int r, int g, float c, float shift, u32 (&p)[16]) {
#pragma unroll
    for (int i = g * (KEYS_A_SCALE / 16); i < (g + 1) * (KEYS_A_SCALE / 16); i++) {
        const int at = i * 8 + 2 * r;
        const float x0 = fmaf(__uint_as_float(s[at]), c, shift);
        const float x1 = fmaf(__uint_as_float(s[at + 1]), c, shift);
        const float x2 = fmaf(__uint_as_float(s[at + 4]), c, shift);
        const float x3 = fmaf(__uint_as_float(s[at + 5]), c, shift);
        const u32 low = roundedPair(exp2Fast(x0), exp2Fast(x1));
        const u32 high = roundedPair(exp2Fast(x2), exp2Fast(x3));
        p[i * 2 + r] = __byte_perm(low, high, 0x6420);
    }
}

// All of it for one tile.
__device__ __forceinline__ TileRows softmaxOfTile(const u32 (&s)[64], const Units& units, u32 (&p)[16]) {
    TileRows rows = {{-infinity(), -infinity()}, {0, 0}};
    float c[2];
#pragma unroll
    for (int g = 0; g < KEYS / KEYS_A_SCALE; g++) {
        units.ofGroup(g, c);
#pragma unroll
        for (int r = 0; r < 2; r++)
            rows.maximum[r] = maximumOrNan(rows.maximum[r], __fmul_ru(__int_as_float(largestOf(s, r, g)) - MAGIC, c[r]));
    }
#pragma unroll
    for (int r = 0; r < 2; r++)
        rows.maximum[r] = largestOfQuad(rows.maximum[r]);
#pragma unroll
    for (int g = 0; g < KEYS / KEYS_A_SCALE; g++) {
        units.ofGroup(g, c);
#pragma unroll
        for (int r = 0; r < 2; r++)  // rounded down, by less than 1.5 units of S, so that no code exceeds 255
            codes(s, r, g, c[r], __fmaf_rd(-MAGIC, c[r], __fadd_rd(LARGEST, -rows.maximum[r])), p);
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
#pragma unroll
        for (int i = 0; i < 8; i++)
            rows.sum[r] = sumBytes(p[i * 2 + r], rows.sum[r]);
    }
    return rows;
}

// ---- O --------------------------------------------------------------------------------------------------------------------

struct Output {
    float o[D / 2];
    float reference[2], sum[2];
};

__device__ __forceinline__ void clear(Output& output) {
#pragma unroll
    for (int i = 0; i < D / 2; i++)
        output.o[i] = 0;
#pragma unroll
    for (int r = 0; r < 2; r++) {
        output.reference[r] = -infinity();
        output.sum[r] = 0;
    }
}

// The tile's weight relative to the rows' reference; raises the reference where a maximum is far above it.
__device__ __forceinline__ void weigh(Output& output, const TileRows& rows, float (&alpha)[2]) {
    const bool raises = rows.maximum[0] > output.reference[0] + HEADROOM || rows.maximum[1] > output.reference[1] + HEADROOM;
    if (__any_sync(0xffffffffu, raises)) {
#pragma unroll
        for (int r = 0; r < 2; r++) {
            const float next = fmaxf(output.reference[r], rows.maximum[r]);
            const float correction = exp2Fast(output.reference[r] - next);
            output.reference[r] = next;
            output.sum[r] *= correction;
#pragma unroll
            for (int i = 2 * r; i < D / 2; i += 4) {
                output.o[i] *= correction;
                output.o[i + 1] *= correction;
            }
        }
    }
#pragma unroll
    for (int r = 0; r < 2; r++) {
        alpha[r] = exp2Fast(rows.maximum[r] - output.reference[r]);
        output.sum[r] = fmaf(alpha[r], float(rows.sum[r]), output.sum[r]);
    }
}

__device__ __forceinline__ void add(Output& output, const u32 (&t)[D / 2], const float (&alpha)[2]) {
#pragma unroll
    for (int i = 0; i < D / 2; i++)
        output.o[i] = fmaf(alpha[i / 2 % 2], __int2float_rn(s32(t[i])), output.o[i]);
}

__device__ __forceinline__ void storePair(float* at, float first, float second) {
    *reinterpret_cast<float2*>(at) = make_float2(first, second);
}

__device__ __forceinline__ void storePair(bf16* at, float first, float second) {
    *reinterpret_cast<u32*>(at) = packBf16(first, second);
}

// ---- the block ------------------------------------------------------------------------------------------------------------

struct Arguments {
    const float *qScale, *kScale, *vCentre, *vScale;
    Out* out;
    int tokens, keys, heads;
    __device__ int tiles() const { return divideUp(keys, KEYS); }
};

// One thread: brings q once, then k and v tile after tile as their places become free.
__device__ __forceinline__ void produce(const Shared& shared, const TensorMap& q, const TensorMap& k, const TensorMap& v,
                                        const Arguments& arguments) {
    const s32 head = blockIdx.y;
    barrierArriveExpect(shared.qFull(), Q_BYTES);
    tmaLoad3(shared.base, q, shared.qFull(), 0, blockIdx.x * QUERIES, head);
    const float* scales = arguments.kScale + s64(head) * arguments.tiles() * (KEYS / KEYS_A_SCALE);
    Place place;
    for (int tile = 0; tile < arguments.tiles(); tile++) {
        barrierWait(shared.kEmpty(place.stage), place.parity ^ 1);
        barrierArriveExpect(shared.kFull(place.stage), TILE_BYTES + SCALE_BYTES);
        bulkLoad(shared.scales(place.stage), scales + tile * (KEYS / KEYS_A_SCALE), SCALE_BYTES, shared.kFull(place.stage));
        tmaLoad3(shared.k(place.stage), k, shared.kFull(place.stage), 0, tile * KEYS, head);
        barrierWait(shared.vEmpty(place.stage), place.parity ^ 1);
        barrierArriveExpect(shared.vFull(place.stage), TILE_BYTES);
        tmaLoad3(shared.v(place.stage), v, shared.vFull(place.stage), tile * KEYS, 0, head);
        place.advance();
    }
}

__device__ __forceinline__ void release(u32 barrier) {
    if (electOne())
        barrierArrive(barrier);
}

// Tile after tile: S, P, T, one after the other; the warpgroups fall out of step by themselves and fill one another's gaps.
__device__ __forceinline__ void attend(const Shared& shared, const Arguments& arguments, u32 warpgroup, const float (&scales)[2],
                                       Output& output) {
    const u32 q = shared.base + warpgroup * 64 * D;
    Place place;
    for (int left = arguments.keys; left > 0; left -= KEYS) {
        u32 p[16];
        TileRows rows;
        {
            u32 s[64];
            startAtMagic(s);
            barrierWait(shared.kFull(place.stage), place.parity);
            wgmmaFence();
            startS(s, q, shared.k(place.stage));
            wgmmaWait<0>();
            settle(s);
            if (left < KEYS)
                maskS(s, left);
            rows = softmaxOfTile(s, {shared.scales(place.stage), {scales[0], scales[1]}}, p);
            __syncwarp();  // all lanes have read the scales
            release(shared.kEmpty(place.stage));
        }
        u32 t[D / 2];
        float alpha[2];
        weigh(output, rows, alpha);
        barrierWait(shared.vFull(place.stage), place.parity);
        wgmmaFence();
        startT(t, p, shared.v(place.stage));
        wgmmaWait<0>();
        settle(t);
        release(shared.vEmpty(place.stage));
        add(output, t, alpha);
        place.advance();
    }
}

// The first of this thread's two rows.
__device__ __forceinline__ int rowOfThread() {
    const int thread = threadAgain();
    return blockIdx.x * QUERIES + thread / 32 * 16 + thread % 32 / 4;
}

__device__ __forceinline__ void finish(const Arguments& arguments, Output& output) {
    const int row = rowOfThread();
#pragma unroll
    for (int r = 0; r < 2; r++) {
        float sum = output.sum[r];
        sum += __shfl_xor_sync(0xffffffffu, sum, 1);
        sum += __shfl_xor_sync(0xffffffffu, sum, 2);
        output.sum[r] = reciprocalFast(sum);
    }
#pragma unroll
    for (int i = 0; i < D / 8; i++) {
        const int channel = blockIdx.y * D + i * 8 + int(laneIndex() % 4) * 2;
        const float2 centre = *reinterpret_cast<const float2*>(arguments.vCentre + channel);
        const float2 scale = *reinterpret_cast<const float2*>(arguments.vScale + channel);
#pragma unroll
        for (int r = 0; r < 2; r++)
            if (row + 8 * r < arguments.tokens)
                storePair(arguments.out + s64(row + 8 * r) * arguments.heads * D + channel,
                          fmaf(output.o[i * 4 + 2 * r] * output.sum[r], scale.x, centre.x),
                          fmaf(output.o[i * 4 + 2 * r + 1] * output.sum[r], scale.y, centre.y));
    }
}

__device__ __forceinline__ void consume(const Shared& shared, const Arguments& arguments) {
    const u32 warpgroup = warpIndex() / 4;
    const int row = rowOfThread();
    float scales[2];
#pragma unroll
    for (int r = 0; r < 2; r++)
        scales[r] = row + 8 * r < arguments.tokens ? arguments.qScale[s64(blockIdx.y) * arguments.tokens + row + 8 * r] : 1.0f;
    Output output;
    clear(output);
    barrierWait(shared.qFull(), 0);
    attend(shared, arguments, warpgroup, scales, output);
    finish(arguments, output);
}

// Grid (⌈tokens / QUERIES⌉, heads). Shared: 1,024 bytes for the barriers, and 1,024 to align.
LAUNCH_SHAPE(attention_s8, 128 * (WARPGROUPS + 1), 1, BARRIERS_AT + 2048);

extern "C" __global__ void __launch_bounds__(128 * (WARPGROUPS + 1), 1)
    attention_s8(const __grid_constant__ TensorMap q, const __grid_constant__ TensorMap k, const __grid_constant__ TensorMap v,
                 const float* qScale, const float* kScale, const float* vCentre, const float* vScale, Out* out, int tokens,
                 int keys, int heads) {
    extern __shared__ u8 memory[];
    const Shared shared{(sharedAddress(memory) + 1023) & ~1023u};
    const Arguments arguments{qScale, kScale, vCentre, vScale, out, tokens, keys, heads};
    if (threadIdx.x == 0) {
        barrierInit(shared.qFull(), 1);
        for (u32 stage = 0; stage < STAGES; stage++) {
            barrierInit(shared.kFull(stage), 1);
            barrierInit(shared.vFull(stage), 1);
            barrierInit(shared.kEmpty(stage), CONSUMERS / 32);
            barrierInit(shared.vEmpty(stage), CONSUMERS / 32);
        }
        barrierInitFence();
    }
    __syncthreads();
    if (threadIdx.x >= CONSUMERS) {
        registersDecrease<24>();
        if (threadIdx.x == CONSUMERS)
            produce(shared, q, k, v, arguments);
    } else {
        registersIncrease<WARPGROUPS == 3 ? 160 : 240>();
        consume(shared, arguments);
    }
}
