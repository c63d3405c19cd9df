// Family (e): attention with 8-bit products, for sm_90a.
//
//     out[token, head] = softmax(q kᵀ) v,   q = q8 · qScale[head, token],  k = k8 · kScale[head, key / 128],
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
//     S = q8 k8ᵀ in s32; m = its maximum, row by row; P = round(255 · 2^((S − m)·c)) as u8, c = qScale · kScale; T = P v8 in s32;
//     O += 2^(m·c − reference) · T and the same for the sum of P's codes. f32 has the range to leave the reference alone until a
//     row's maximum exceeds it by 2^8.
// P as u8 relative to the tile's own maximum is finer than e4m3 (3 bits of mantissa): about 0.013 in all against 0.037.
//
// Work for 128 queries × 128 keys × D = 128 on one SM: 4.2 M multiply-adds = 1,024 clocks of the tensor cores, 16,384 powers of
// two = 1,024 clocks of the special function unit, about 6.7 instructions an element = 860 clocks of issue: all must overlap.
// Bytes: 32 KiB of k and v a tile from L2 for 64·WARPGROUPS queries; a head's k and v (8.4 MB at 32,760 keys) stay in L2.
//
// Macros: D 128 or 64. WARPGROUPS 2 or 3. STAGES of k and of v. OUT_F32: f32 instead of bf16.
// Being tried: S_MAGIC, T_MAGIC: see fromInteger(). OVERLAP: the next tile's S is under way during this one's P·v. PINGPONG:
// warpgroups take turns to start S. S_PARTS, T_PARTS: products in so many pieces, each used as soon as it is there; T_SERIAL: one
// piece of T in registers at a time. POLYNOMIAL: so many of 32 powers of two by a polynomial on the multiply-add pipe.
#include "hopper.cuh"

#ifndef D
#define D 128
#endif
#ifndef WARPGROUPS
#define WARPGROUPS 2
#endif
#ifndef STAGES
#define STAGES 3
#endif
#ifndef S_MAGIC
#define S_MAGIC 0
#endif
#ifndef T_MAGIC
#define T_MAGIC 0
#endif
#ifndef OVERLAP
#define OVERLAP 0
#endif
#ifndef PINGPONG
#define PINGPONG 0
#endif
#ifndef S_PARTS
#define S_PARTS 1
#endif
#ifndef T_PARTS
#define T_PARTS 1
#endif
#ifndef T_SERIAL
#define T_SERIAL 0
#endif
#ifndef POLYNOMIAL
#define POLYNOMIAL 0
#endif
#ifdef OUT_F32
using Out = float;
#else
using Out = bf16;
#endif

constexpr int KEYS = 128;                          // of a tile
constexpr int QUERIES = 64 * WARPGROUPS;           // of a block
constexpr u32 CONSUMERS = 128 * WARPGROUPS;
constexpr u32 Q_BYTES = QUERIES * D;
constexpr u32 TILE_BYTES = KEYS * D;               // of k, and of v
constexpr int PART = D / T_PARTS;                  // columns of a piece of T
constexpr u32 MAGIC_BITS = 0x4b400000;             // 1.5 · 2²³: a float whose last bit counts 1
constexpr float MAGIC = 12582912.0f;
constexpr float LARGEST = -16.0056483f;            // log2(255) − 24, see codes()
constexpr float HEADROOM = 8.0f;

// Shared memory: q, the ring of k, the ring of v (all at multiples of 1,024 bytes), then the barriers.
constexpr u32 K_AT = Q_BYTES;
constexpr u32 V_AT = K_AT + STAGES * TILE_BYTES;
constexpr u32 BARRIERS_AT = V_AT + STAGES * TILE_BYTES;

struct Shared {
    u32 base;
    __device__ u32 k(u32 stage) const { return base + K_AT + stage * TILE_BYTES; }
    __device__ u32 v(u32 stage) const { return base + V_AT + stage * TILE_BYTES; }
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

// ---- products of a warpgroup: 64 × N × 32, added to d[At …] or (accumulate = 0) written there ----------------------------------

#define ACCUMULATORS_8(d, at)                                                                                             \
    "+r"(d[at]), "+r"(d[at + 1]), "+r"(d[at + 2]), "+r"(d[at + 3]), "+r"(d[at + 4]), "+r"(d[at + 5]), "+r"(d[at + 6]),    \
        "+r"(d[at + 7])
#define ACCUMULATORS_16(d, at) ACCUMULATORS_8(d, at), ACCUMULATORS_8(d, at + 8)
#define ACCUMULATORS_32(d, at) ACCUMULATORS_16(d, at), ACCUMULATORS_16(d, at + 16)
#define ACCUMULATORS_64(d, at) ACCUMULATORS_32(d, at), ACCUMULATORS_32(d, at + 32)
#define NAMES_16 "{%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15"
#define NAMES_32 NAMES_16 ", %16, %17, %18, %19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define NAMES_64                                                                                                          \
    NAMES_32 ", %32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, %49, %50, %51, "     \
             "%52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

#define PRODUCT_S(N, COUNT, A, B, ACCUMULATE)                                                                             \
    asm volatile("{\n.reg .pred more;\nsetp.ne.b32 more, " ACCUMULATE ", 0;\n"                                            \
                 "wgmma.mma_async.sync.aligned.m64n" #N "k32.s32.s8.s8 " NAMES_##COUNT "}, " A ", " B ", more;\n}"        \
                 : ACCUMULATORS_##COUNT(d, At)                                                                            \
                 : "l"(a), "l"(b), "n"(Accumulate))

#define PRODUCT_T(N, COUNT, A, B, ACCUMULATE)                                                                             \
    asm volatile("{\n.reg .pred more;\nsetp.ne.b32 more, " ACCUMULATE ", 0;\n"                                            \
                 "wgmma.mma_async.sync.aligned.m64n" #N "k32.s32.u8.s8 " NAMES_##COUNT "}, " A ", " B ", more;\n}"        \
                 : ACCUMULATORS_##COUNT(d, At)                                                                            \
                 : "r"(p[Step * 4]), "r"(p[Step * 4 + 1]), "r"(p[Step * 4 + 2]), "r"(p[Step * 4 + 3]), "l"(b),            \
                   "n"(Accumulate))

template <int N, int At, int Accumulate>
__device__ __forceinline__ void productS(u32 (&d)[64], u64 a, u64 b) {
    static_assert(N == 128 || N == 64);
    if constexpr (N == 128)
        PRODUCT_S(128, 64, "%64", "%65", "%66");
    else
        PRODUCT_S(64, 32, "%32", "%33", "%34");
}

template <int N, int At, int Step, int Accumulate, int Size>
__device__ __forceinline__ void productT(u32 (&d)[Size], const u32 (&p)[16], u64 b) {
    static_assert(N == 128 || N == 64 || N == 32);
    if constexpr (N == 128)
        PRODUCT_T(128, 64, "{%64, %65, %66, %67}", "%68", "%69");
    else if constexpr (N == 64)
        PRODUCT_T(64, 32, "{%32, %33, %34, %35}", "%36", "%37");
    else
        PRODUCT_T(32, 16, "{%16, %17, %18, %19}", "%20", "%21");
}

// The products run by themselves: tells the compiler that it must not read these registers before this point.
template <int Begin, int End, class T, int Size>
__device__ __forceinline__ void settle(T (&d)[Size]) {
#pragma unroll
    for (int i = Begin; i < End; i++)
        asm volatile("" : "+r"(d[i])::"memory");
}

template <int Begin, int End, int Size>
__device__ __forceinline__ void fill(u32 (&d)[Size], u32 value) {
#pragma unroll
    for (int i = Begin; i < End; i++)
        d[i] = value;
}

// One piece of S = q kᵀ: 128 / S_PARTS keys.
template <int Piece>
__device__ __forceinline__ void startS(u32 (&s)[64], u32 q, u32 k) {
    constexpr int N = KEYS / S_PARTS, At = Piece * 64 / S_PARTS;
    const u64 a = D == 128 ? descriptor128(q) : descriptor64(q);
    const u32 rows = k + Piece * N * D;
    const u64 b = D == 128 ? descriptor128(rows) : descriptor64(rows);
    productS<N, At, S_MAGIC>(s, a, b);
    productS<N, At, 1>(s, a + 2, b + 2);
    if constexpr (D == 128) {
        productS<N, At, 1>(s, a + 4, b + 4);
        productS<N, At, 1>(s, a + 6, b + 6);
    }
    wgmmaCommit();
}

// One piece of T = P v: D / T_PARTS channels, to t[At …].
template <int Piece, int At, int Accumulate, int Size>
__device__ __forceinline__ void startT(u32 (&t)[Size], const u32 (&p)[16], u32 v) {
    const u64 b = descriptor128(v + Piece * PART * KEYS);
    productT<PART, At, 0, Accumulate>(t, p, b);
    productT<PART, At, 1, 1>(t, p, b + 2);
    productT<PART, At, 2, 1>(t, p, b + 4);
    productT<PART, At, 3, 1>(t, p, b + 6);
    wgmmaCommit();
}

// ---- P from S ------------------------------------------------------------------------------------------------------------------
// A thread has rows lane/4 (r = 0) and lane/4 + 8 (r = 1) of its warp's 16; element i of an accumulator is in row i/2 % 2 and
// column 8·(i/4) + 2·(lane % 4) + i % 2.

// What is known of a thread's two rows in one tile: the maximum of the logits (in powers of two), the sum of this thread's codes.
struct TileRows {
    float maximum[2];
    u32 sum[2];
};

// An accumulator as a float. With MAGIC it started at 1.5 · 2²³ instead of zero, so that its bits already are the float MAGIC + s
// (|s| < 2²² holds for S, 127·127·128, and for T, 255·127·128): a move before the product instead of a conversion after it.
template <int Magic>
__device__ __forceinline__ float fromInteger(u32 accumulator) {
    return Magic ? __uint_as_float(accumulator) : __int2float_rn(s32(accumulator));
}

// 2^x on the multiply-add pipe; right to 1e-4, enough for 8 bits. Anything under 2^-60 may come out as that.
__device__ __forceinline__ float powerPolynomial(float x) {
    const float clamped = fmaxf(x, -60.0f);
    const float shifted = clamped + MAGIC;
    const float f = clamped - (shifted - MAGIC);
    const float value = fmaf(fmaf(fmaf(0.05517166f, f, 0.24261112f), f, 0.69326f), f, 0.99992806f);
    return __int_as_float(__float_as_int(value) + (__float_as_int(shifted) << 23));
}

// Two floats, each a small integer times 2^-24 after rounding: subnormal f16 count in steps of 2^-24, so the conversion rounds to
// whole codes and leaves them in the low bytes of the two halves.
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

// Columns at and beyond `valid` are no keys.
__device__ __forceinline__ void maskS(u32 (&s)[64], int valid) {
    const int left = valid - int(laneIndex() % 4) * 2;
#pragma unroll
    for (int i = 0; i < 64; i++)
        if (i / 4 * 8 + i % 2 >= left)
            s[i] = 0x80000000u;
}

__device__ __forceinline__ void maskP(u32 (&p)[16], int valid) {
    const int left = valid - int(laneIndex() % 4) * 2;
#pragma unroll
    for (int i = 0; i < 16; i++) {
        const int column = i / 2 * 16;
        u32 mask = 0;
        mask |= column < left ? 0x000000ffu : 0;
        mask |= column + 1 < left ? 0x0000ff00u : 0;
        mask |= column + 8 < left ? 0x00ff0000u : 0;
        mask |= column + 9 < left ? 0xff000000u : 0;
        p[i] &= mask;
    }
}

// The largest of row r in s[Begin … End) and `so far`; three-input maxima take two elements at a time.
template <int Begin, int End>
__device__ __forceinline__ s32 largestOf(const u32 (&s)[64], int r, s32 soFar) {
#pragma unroll
    for (int i = Begin; i < End; i += 4)
        soFar = max(max(soFar, s32(s[i + 2 * r])), s32(s[i + 2 * r + 1]));
    return soFar;
}

__device__ __forceinline__ s32 largestOfQuad(s32 value) {
    value = max(value, __shfl_xor_sync(0xffffffffu, value, 1));
    return max(value, __shfl_xor_sync(0xffffffffu, value, 2));
}

// P's codes for row r, 2^(S·c + shift), two to a register.
__device__ __forceinline__ void codes(const u32 (&s)[64], int r, float c, float shift, u32 (&pairs)[32]) {
#pragma unroll
    for (int i = 0; i < 8; i++) {
        const int at = i * 8 + 2 * r;
        const float x0 = fmaf(fromInteger<S_MAGIC>(s[at]), c, shift);
        const float x1 = fmaf(fromInteger<S_MAGIC>(s[at + 1]), c, shift);
        const float x2 = fmaf(fromInteger<S_MAGIC>(s[at + 4]), c, shift);
        const float x3 = fmaf(fromInteger<S_MAGIC>(s[at + 5]), c, shift);
        const bool polynomial = i < POLYNOMIAL;
        pairs[i * 4 + r] = roundedPair(polynomial ? powerPolynomial(x0) : exp2Fast(x0), exp2Fast(x1));
        pairs[i * 4 + r + 2] = roundedPair(exp2Fast(x2), exp2Fast(x3));
    }
}

// All of it for one tile; `largest` are the rows' maxima in this thread's columns.
__device__ __forceinline__ TileRows softmaxOfTile(const u32 (&s)[64], s32 (&largest)[2], const float (&c)[2],
                                                  u32 (&pairs)[32]) {
    TileRows rows;
#pragma unroll
    for (int r = 0; r < 2; r++)
        largest[r] = largestOfQuad(largest[r]);
#pragma unroll
    for (int r = 0; r < 2; r++) {
        // The shift is rounded down, so that no code exceeds 255; what that rounding took is given back through the maximum.
        const float top = fromInteger<S_MAGIC>(u32(largest[r]));
        const float shift = __fmaf_rd(-top, c[r], LARGEST);
        const float taken = LARGEST - fmaf(top, c[r], shift);
        rows.maximum[r] = fmaf(S_MAGIC ? top - MAGIC : top, c[r], taken);
        codes(s, r, c[r], shift, pairs);
    }
    return rows;
}

// P as the fragment of A in T = P v: slot 4t + i of 16 keys is key {2t, 2t+1, 8+2t, 9+2t}[i]. A step of its own, since the
// compiler lets nobody write these registers while a product that read them is under way.
__device__ __forceinline__ void pack(const u32 (&pairs)[32], int valid, u32 (&p)[16], TileRows& rows) {
#pragma unroll
    for (int i = 0; i < 16; i++)
        p[i] = __byte_perm(pairs[i / 2 * 4 + i % 2], pairs[i / 2 * 4 + i % 2 + 2], 0x6420);
    if (valid < KEYS)
        maskP(p, valid);
#pragma unroll
    for (int r = 0; r < 2; r++) {
        rows.sum[r] = 0;
#pragma unroll
        for (int i = 0; i < 8; i++)
            rows.sum[r] = sumBytes(p[i * 2 + r], rows.sum[r]);
    }
}

// ---- O -------------------------------------------------------------------------------------------------------------------------

struct Output {
    float o[D / 2];
    float reference[2], sum[2], magic[2];           // magic: how much of MAGIC, in alphas, is still contained in o
};

__device__ __forceinline__ void clear(Output& output) {
#pragma unroll
    for (int i = 0; i < D / 2; i++)
        output.o[i] = 0;
#pragma unroll
    for (int r = 0; r < 2; r++) {
        output.reference[r] = -infinity();
        output.sum[r] = output.magic[r] = 0;
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
            output.magic[r] *= correction;
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
        output.magic[r] += alpha[r];
    }
}

// o[Begin …] += alpha · t[At …], for one piece of T. With T_MAGIC alpha · MAGIC comes along and is taken off by unburden().
template <int Piece, int At, int Size>
__device__ __forceinline__ void addPiece(Output& output, const u32 (&t)[Size], const float (&alpha)[2]) {
#pragma unroll
    for (int i = 0; i < PART / 2; i++) {
        float& o = output.o[Piece * PART / 2 + i];
        o = fmaf(alpha[i / 2 % 2], fromInteger<T_MAGIC>(t[At + i]), o);
    }
}

// Every few tiles is enough: four times 2²⁴ still leaves o exact to a few codes of some ten thousand.
__device__ __forceinline__ void unburden(Output& output) {
    if constexpr (T_MAGIC) {
#pragma unroll
        for (int i = 0; i < D / 2; i++)
            output.o[i] = fmaf(-MAGIC, output.magic[i / 2 % 2], output.o[i]);
        output.magic[0] = output.magic[1] = 0;
    }
}

__device__ __forceinline__ void storePair(float* at, float first, float second) {
    *reinterpret_cast<float2*>(at) = make_float2(first, second);
}

__device__ __forceinline__ void storePair(bf16* at, float first, float second) {
    *reinterpret_cast<u32*>(at) = packBf16(first, second);
}

// ---- the block -----------------------------------------------------------------------------------------------------------------

struct Arguments {
    const float *qScale, *kScale, *vCentre, *vScale;
    Out* out;
    int tokens, keys, heads;
    __device__ int tiles() const { return divideUp(keys, KEYS); }
};

// One thread: brings q once, then k and v tile after tile as their places become free.
__device__ __forceinline__ void produce(const Shared& shared, const TensorMap& q, const TensorMap& k, const TensorMap& v,
                                        int tiles) {
    const s32 head = blockIdx.y;
    barrierArriveExpect(shared.qFull(), Q_BYTES);
    tmaLoad3(shared.base, q, shared.qFull(), 0, blockIdx.x * QUERIES, head);
    Place place;
    for (int tile = 0; tile < tiles; tile++) {
        barrierWait(shared.kEmpty(place.stage), place.parity ^ 1);
        barrierArriveExpect(shared.kFull(place.stage), TILE_BYTES);
        tmaLoad3(shared.k(place.stage), k, shared.kFull(place.stage), 0, tile * KEYS, head);
        barrierWait(shared.vEmpty(place.stage), place.parity ^ 1);
        barrierArriveExpect(shared.vFull(place.stage), TILE_BYTES);
        tmaLoad3(shared.v(place.stage), v, shared.vFull(place.stage), tile * KEYS, 0, head);
        place.advance();
    }
}

__device__ __forceinline__ void release(u32 barrier) {
    if (laneIndex() == 0)
        barrierArrive(barrier);
}

// The warpgroups' turns to start S: barrier 1 + warpgroup, of the one that waits and the one before it.
__device__ __forceinline__ void awaitTurn(u32 warpgroup) {
    if constexpr (PINGPONG)
        namedSync(1 + warpgroup, 256);
}

__device__ __forceinline__ void passTurn(u32 warpgroup, bool last) {
    if constexpr (PINGPONG)
        if (!(last && warpgroup == WARPGROUPS - 1))
            namedArrive(1 + (warpgroup + 1) % WARPGROUPS, 256);
}

// S of a tile is under way: waits for it piece by piece, then frees k's place.
__device__ __forceinline__ TileRows softmaxWhenReady(const Shared& shared, u32 (&s)[64], u32 kEmpty, const float (&c)[2],
                                                     int valid, u32 (&pairs)[32]) {
    constexpr int BEHIND = OVERLAP ? T_PARTS : 0;   // T of the tile before was started after S
    s32 largest[2];
    if constexpr (S_PARTS == 2) {
        wgmmaWait<BEHIND + 1>();
        settle<0, 32>(s);
        if (valid >= KEYS) {
            largest[0] = largestOf<0, 32>(s, 0, s32(s[0]));
            largest[1] = largestOf<0, 32>(s, 1, s32(s[2]));
        }
    }
    wgmmaWait<BEHIND>();
    settle<S_PARTS == 2 ? 32 : 0, 64>(s);
    release(kEmpty);
    if (valid < KEYS)
        maskS(s, valid);
    constexpr int BEGIN = S_PARTS == 2 ? 32 : 0;
    if (S_PARTS == 1 || valid < KEYS) {
        largest[0] = largestOf<0, 64 - BEGIN>(s, 0, s32(s[0]));
        largest[1] = largestOf<0, 64 - BEGIN>(s, 1, s32(s[2]));
    }
    if constexpr (S_PARTS == 2) {
        largest[0] = largestOf<32, 64>(s, 0, largest[0]);
        largest[1] = largestOf<32, 64>(s, 1, largest[1]);
    }
    return softmaxOfTile(s, largest, c, pairs);
}

__device__ __forceinline__ void startAllOfS(u32 (&s)[64], u32 q, u32 k) {
    startS<0>(s, q, k);
    if constexpr (S_PARTS == 2)
        startS<1>(s, q, k);
}

__device__ __forceinline__ void startAllOfT(u32 (&t)[64], const u32 (&p)[16], u32 v) {
    startT<0, 0, T_MAGIC>(t, p, v);
    if constexpr (T_PARTS > 1)
        startT<1, PART / 2, T_MAGIC>(t, p, v);
    if constexpr (T_PARTS > 2) {
        startT<2, PART, T_MAGIC>(t, p, v);
        startT<3, PART * 3 / 2, T_MAGIC>(t, p, v);
    }
}

// T is under way: adds its pieces to O as they come, and frees v's place.
template <int Piece = 0>
__device__ __forceinline__ void addWhenReady(Output& output, u32 (&t)[64], const float (&alpha)[2], u32 vEmpty) {
    wgmmaWait<T_PARTS - 1 - Piece>();
    settle<Piece * PART / 2, (Piece + 1) * PART / 2>(t);
    if constexpr (Piece == T_PARTS - 1)
        release(vEmpty);
    addPiece<Piece, Piece * PART / 2>(output, t, alpha);
    if constexpr (Piece < T_PARTS - 1)
        addWhenReady<Piece + 1>(output, t, alpha, vEmpty);
}

// The same with registers for one piece only.
template <int Piece = 0>
__device__ __forceinline__ void addSerially(Output& output, const u32 (&p)[16], u32 v, const float (&alpha)[2], u32 vEmpty) {
    u32 t[PART / 2];
    if constexpr (T_MAGIC)
        fill<0, PART / 2>(t, MAGIC_BITS);
    wgmmaFence();
    startT<Piece, 0, T_MAGIC>(t, p, v);
    wgmmaWait<0>();
    settle<0, PART / 2>(t);
    if constexpr (Piece == T_PARTS - 1)
        release(vEmpty);
    addPiece<Piece, 0>(output, t, alpha);
    if constexpr (Piece < T_PARTS - 1)
        addSerially<Piece + 1>(output, p, v, alpha, vEmpty);
}

// The scales of a thread's two rows times the tile's. k's scale is asked for one tile ahead.
struct Scales {
    const float* ofTiles;
    float rows[2], next;
    __device__ void take(int tile, int tiles, float (&c)[2]) {
        c[0] = rows[0] * next;
        c[1] = rows[1] * next;
        next = __ldg(ofTiles + min(tile + 1, tiles - 1));
    }
};

// Tile after tile: S, P, T, one after the other; the warpgroups fall out of step by themselves and fill one another's gaps.
__device__ __forceinline__ void plain(const Shared& shared, const Arguments& arguments, u32 warpgroup, Scales& scales,
                                      Output& output) {
    const u32 q = shared.base + warpgroup * 64 * D;
    const int tiles = arguments.tiles();
    Place place;
    for (int tile = 0; tile < tiles; tile++) {
        u32 s[64], pairs[32], p[16];
        float c[2], alpha[2];
        const int valid = arguments.keys - tile * KEYS;
        scales.take(tile, tiles, c);
        if constexpr (S_MAGIC)
            fill<0, 64>(s, MAGIC_BITS);
        barrierWait(shared.kFull(place.stage), place.parity);
        awaitTurn(warpgroup);
        wgmmaFence();
        startAllOfS(s, q, shared.k(place.stage));
        passTurn(warpgroup, tile == tiles - 1);
        TileRows rows = softmaxWhenReady(shared, s, shared.kEmpty(place.stage), c, valid, pairs);
        pack(pairs, valid, p, rows);
        weigh(output, rows, alpha);
        barrierWait(shared.vFull(place.stage), place.parity);
        if constexpr (T_SERIAL) {
            addSerially(output, p, shared.v(place.stage), alpha, shared.vEmpty(place.stage));
        } else {
            u32 t[64];
            if constexpr (T_MAGIC)
                fill<0, D / 2>(t, MAGIC_BITS);
            wgmmaFence();
            startAllOfT(t, p, shared.v(place.stage));
            addWhenReady(output, t, alpha, shared.vEmpty(place.stage));
        }
        if (tile % 4 == 3)
            unburden(output);
        place.advance();
    }
    unburden(output);
}

// S of a tile is started before T of the tile before it, and P is made while T runs.
__device__ __forceinline__ void overlapped(const Shared& shared, const Arguments& arguments, u32 warpgroup, Scales& scales,
                                           Output& output) {
    const u32 q = shared.base + warpgroup * 64 * D;
    const int tiles = arguments.tiles();
    Place place, before;
    u32 p[16];
    TileRows rows;
    {
        u32 s[64], pairs[32];
        float c[2];
        scales.take(0, tiles, c);
        if constexpr (S_MAGIC)
            fill<0, 64>(s, MAGIC_BITS);
        barrierWait(shared.kFull(0), 0);
        wgmmaFence();
        startAllOfS(s, q, shared.k(0));
        wgmmaWait<0>();
        settle<0, 64>(s);
        rows = softmaxWhenReady(shared, s, shared.kEmpty(0), c, arguments.keys, pairs);
        pack(pairs, arguments.keys, p, rows);
        place.advance();
    }
    for (int tile = 1; tile < tiles; tile++) {
        u32 s[64], t[64], pairs[32];
        float c[2], alpha[2];
        const int valid = arguments.keys - tile * KEYS;
        scales.take(tile, tiles, c);
        if constexpr (S_MAGIC)
            fill<0, 64>(s, MAGIC_BITS);
        if constexpr (T_MAGIC)
            fill<0, D / 2>(t, MAGIC_BITS);
        barrierWait(shared.kFull(place.stage), place.parity);
        awaitTurn(warpgroup);
        wgmmaFence();
        startAllOfS(s, q, shared.k(place.stage));
        barrierWait(shared.vFull(before.stage), before.parity);
        wgmmaFence();
        startAllOfT(t, p, shared.v(before.stage));
        passTurn(warpgroup, tile == tiles - 1);
        weigh(output, rows, alpha);
        rows = softmaxWhenReady(shared, s, shared.kEmpty(place.stage), c, valid, pairs);
        addWhenReady(output, t, alpha, shared.vEmpty(before.stage));
        settle<0, 32>(pairs);
        pack(pairs, valid, p, rows);
        if (tile % 4 == 3)
            unburden(output);
        place.advance();
        before.advance();
    }
    u32 t[64];
    float alpha[2];
    weigh(output, rows, alpha);
    if constexpr (T_MAGIC)
        fill<0, D / 2>(t, MAGIC_BITS);
    barrierWait(shared.vFull(before.stage), before.parity);
    wgmmaFence();
    startAllOfT(t, p, shared.v(before.stage));
    addWhenReady(output, t, alpha, shared.vEmpty(before.stage));
    unburden(output);
}

__device__ __forceinline__ void consume(const Shared& shared, const Arguments& arguments) {
    const u32 warpgroup = warpIndex() / 4;
    const u32 lane = laneIndex();
    const int row = blockIdx.x * QUERIES + warpIndex() * 16 + lane / 4;
    const int head = blockIdx.y;
    Scales scales;
    scales.ofTiles = arguments.kScale + s64(head) * arguments.tiles();
    scales.next = __ldg(scales.ofTiles);
#pragma unroll
    for (int r = 0; r < 2; r++)
        scales.rows[r] = row + 8 * r < arguments.tokens ? arguments.qScale[s64(head) * arguments.tokens + row + 8 * r] : 1.0f;
    Output output;
    clear(output);
    if (PINGPONG && warpgroup == WARPGROUPS - 1)
        namedArrive(1, 256);
    barrierWait(shared.qFull(), 0);
    if constexpr (OVERLAP)
        overlapped(shared, arguments, warpgroup, scales, output);
    else
        plain(shared, arguments, warpgroup, scales, output);

    const s64 width = s64(arguments.heads) * D;
#pragma unroll
    for (int r = 0; r < 2; r++) {
        float sum = output.sum[r];
        sum += __shfl_xor_sync(0xffffffffu, sum, 1);
        sum += __shfl_xor_sync(0xffffffffu, sum, 2);
        output.sum[r] = 1.0f / sum;
    }
#pragma unroll
    for (int i = 0; i < D / 8; i++) {
        const int channel = head * D + i * 8 + int(lane % 4) * 2;
        const float2 centre = *reinterpret_cast<const float2*>(arguments.vCentre + channel);
        const float2 scale = *reinterpret_cast<const float2*>(arguments.vScale + channel);
#pragma unroll
        for (int r = 0; r < 2; r++)
            if (row + 8 * r < arguments.tokens)
                storePair(arguments.out + (row + 8 * r) * width + channel,
                          fmaf(output.o[i * 4 + 2 * r] * output.sum[r], scale.x, centre.x),
                          fmaf(output.o[i * 4 + 2 * r + 1] * output.sum[r], scale.y, centre.y));
    }
}

// Grid (⌈tokens / QUERIES⌉, heads), 128·(WARPGROUPS + 1) threads, BARRIERS_AT + 1,024 (for the barriers) + 1,024 (to align) bytes.
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
            produce(shared, q, k, v, arguments.tiles());
    } else {
        registersIncrease<WARPGROUPS == 3 ? 160 : 240>();
        consume(shared, arguments);
    }
}
