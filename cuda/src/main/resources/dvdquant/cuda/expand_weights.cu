// Expands the packed codes of a weight [N, K] to what an integer product takes: s8 [N, K] = (q − z) · m.
//
//   codes   U8 [N, K · BITS / 8]: a row is a little-endian stream of BITS bits a code (at 4 bits the low nibble first)
//   zeros   U8 [N, K / GROUP]: the zero point z; at 4 bits and less it is in the low four bits and m − 1 in the high four
//   multipliers  U8 [N, K / GROUP]: m, above 4 bits; else not read
//   K a multiple of 64, GROUP a divisor of K (a group is the whole row where a row has one grid); fastest where it is a multiple of 4,
//   better of 16
//   |q − z| · m fits s8, as the format has it: m is at most 8 up to 4 bits, 4 at 5, 2 at 6, 1 above
//
// Macros: BITS 2 … 8, GROUP. Rows follow each other without gaps in both memories, so the kernel sees one run of N · K codes.
// Launch: 256 threads a block, ⌈N · K / (CODES · AT_ONCE · 256)⌉ blocks.
//
// At 5120×5120 and 4 bits: 13 MB read, 26 MB written, 13 µs at 3 TB/s; about one instruction a code.

#include "device.cuh"

constexpr int CODES = BITS % 2 == 0 ? 16 : 32;  // of a thread at once: whole words
constexpr int WORDS = CODES * BITS / 32;
constexpr int AT_ONCE = BITS % 2 == 0 ? 4 : 2;
constexpr u32 BYTES = 0x01010101u;

struct Grid {
    u32 zero;
    u32 multiplier;
};

__device__ __forceinline__ Grid loadGrid(const u8* zeros, const u8* multipliers, s64 code) {
    const u32 zero = zeros[code / GROUP];
    if (BITS <= 4) return {zero & 15, (zero >> 4) + 1};
    return {zero, multipliers[code / GROUP]};
}

// Four bytes (q − z) · m of four bytes q.
__device__ __forceinline__ u32 onGrid(u32 four, Grid grid) {
    if (BITS == 8) {
        // m is 1 and z up to 255: a sum of bytes that does not carry from one to the next.
        const u32 less = (256 - grid.zero & 255) * BYTES;
        return (four & 0x7f7f7f7fu) + (less & 0x7f7f7f7fu) ^ (four ^ less) & 0x80808080u;
    }
    // q · m < 128 and z · m < 128: with 128 more in each byte, none borrows from the next.
    return (four * grid.multiplier + (0x80808080u - grid.zero * grid.multiplier * BYTES)) ^ 0x80808080u;
}

// The same of codes from `first` on that may be of several groups.
__device__ __forceinline__ u32 onGrids(u32 four, const u8* zeros, const u8* multipliers, s64 first) {
    s32 values[4];
#pragma unroll
    for (int i = 0; i < 4; i++) {
        const Grid grid = loadGrid(zeros, multipliers, first + i);
        values[i] = (s32(four >> 8 * i & 255) - s32(grid.zero)) * s32(grid.multiplier);
    }
    return packBytes(values[0], values[1], values[2], values[3]);
}

// Codes 4i … 4i + 3 of the stream as four bytes.
__device__ __forceinline__ u32 fourCodes(const u32 (&words)[WORDS], int i) {
    constexpr u32 mask = (1 << BITS) - 1;
    const int bit = 4 * i * BITS;
    const int word = bit / 32;
    const u32 next = bit % 32 + 4 * BITS > 32 ? words[minimum(word + 1, WORDS - 1)] : 0;
    const u32 stream = __funnelshift_r(words[word], next, bit % 32);
    if (BITS == 8) return stream;
    return stream & mask | stream << (8 - BITS) & mask << 8 | stream << 2 * (8 - BITS) & mask << 16
           | stream << 3 * (8 - BITS) & mask << 24;
}

// Eight codes of 4 bits: first the even ones, then the odd ones, each on the grid; then in turn.
__device__ __forceinline__ uint2 eightNibbles(u32 word, Grid grid) {
    const u32 even = onGrid(word & 0x0f0f0f0fu, grid);
    const u32 odd = onGrid(word >> 4 & 0x0f0f0f0fu, grid);
    return make_uint2(__byte_perm(even, odd, 0x5140), __byte_perm(even, odd, 0x7362));
}

__device__ __forceinline__ void loadWords(const u32* codes, u32 (&words)[WORDS]) {
    if constexpr (WORDS == 2) {
        const uint2 two = *(const uint2*)codes;
        words[0] = two.x;
        words[1] = two.y;
    } else if constexpr (WORDS == 4) {
        const uint4 four = *(const uint4*)codes;
        words[0] = four.x;
        words[1] = four.y;
        words[2] = four.z;
        words[3] = four.w;
    } else {
#pragma unroll
        for (int w = 0; w < WORDS; w++) {
            words[w] = codes[w];
        }
    }
}

__device__ __forceinline__ void expand(const u32 (&words)[WORDS], const u8* zeros, const u8* multipliers, s64 first,
                                       s8* expanded) {
    u32 fours[CODES / 4];
    constexpr int run = GROUP % CODES == 0 ? CODES : GROUP % 8 == 0 ? 8 : 4;  // codes that are sure to lie in one group
#pragma unroll
    for (int from = 0; from < CODES; from += run) {
        if (GROUP % 4 != 0) {
            fours[from / 4] = onGrids(fourCodes(words, from / 4), zeros, multipliers, first + from);
            continue;
        }
        const Grid grid = loadGrid(zeros, multipliers, first + from);
#pragma unroll
        for (int i = from / 4; i < (from + run) / 4; i++) {
            if (BITS != 4 || run == 4) {
                fours[i] = onGrid(fourCodes(words, i), grid);
            } else if (i % 2 == 0) {
                const uint2 eight = eightNibbles(words[i / 2 % WORDS], grid);
                fours[i] = eight.x;
                fours[i + 1] = eight.y;
            }
        }
    }
#pragma unroll
    for (int i = 0; i < CODES / 4; i += 4) {
        *(uint4*)(expanded + first + 4 * i) = make_uint4(fours[i], fours[i + 1], fours[i + 2], fours[i + 3]);
    }
}

LAUNCH_SHAPE(expand_weights, 256, 8, 0);

extern "C" __global__ void __launch_bounds__(256)
    expand_weights(const u32* codes, const u8* zeros, const u8* multipliers, s64 count, s8* expanded) {
    const s64 pieces = count / CODES;
    const s64 first = s64(blockIdx.x) * (256 * AT_ONCE) + threadIdx.x;
    u32 words[AT_ONCE][WORDS];
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
        const s64 piece = first + 256 * k;
        if (piece < pieces) loadWords(codes + piece * WORDS, words[k]);
    }
#pragma unroll
    for (int k = 0; k < AT_ONCE; k++) {
        const s64 piece = first + 256 * k;
        if (piece < pieces) expand(words[k], zeros, multipliers, piece * CODES, expanded);
    }
}
