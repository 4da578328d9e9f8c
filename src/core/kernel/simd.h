/* The vector vocabulary that all kernels are written in, for the instruction set named by
 * RS_ISA_AVX2, RS_ISA_AVX512, RS_ISA_NEON (else generic) and the precision RS_REAL_BITS.
 *
 * A logical vector is 64 bytes everywhere (RS_LOGICAL_LANES lanes); a machine vector, vreal, holds
 * RS_VECTOR_LANES of them, so a logical vector is RS_PARTS machine vectors. Every operation is
 * exact or correctly rounded lane by lane, hence the same bits on every instruction set:
 *
 *   v_load, v_store         aligned to the machine vector
 *   v_add .. v_sqrt         IEEE operations
 *   v_fma, v_fnma           a*b + c and c - a*b, rounded once
 *   v_min, v_max            a < b ? a : b and a > b ? a : b, so b when either is NaN
 *   v_greater, v_select     mask of all ones where a > b; mask ? a : b
 *   v_exp2_of_rounded       2^n where the argument is n + RS_ROUNDER (n an integer)
 *   v_exp2_of_quarters      2^(n/4) rounded, of the same argument (float32 only)
 *   v_split                 a = mantissa * 2^k, a >= 1, mantissa in [sqrt(1/2), sqrt(2)); gives k
 *   v_codes                 RS_VECTOR_LANES bytes, one to a lane
 *   v_lookup4               table[code & 3]; the table is aligned to 4 reals
 *   v_code_pair             (first & 3) + 4 (second & 3)
 *   v_lookup16              table[pair] of such a pair; the table is aligned to 64 bytes
 *   v_code_mask             all ones where that bit of the code is set
 *   v_code_sign             the sign bit alone, where that bit of the code is set
 *   v_sum                   sum over a logical vector, in a fixed order: halves onto each other
 *
 * Each header also states the register tiles of the kernels, 1 in the generic one. Where lanes are
 * samples: TILE_STATES by TILE_VECTORS accumulators (SMALL_TILE_VECTORS for the smallest networks),
 * TILE_STATES by TILE_SUMS for the gradient of W_rec. Where lanes are states: WIDE_ROWS by
 * WIDE_PANELS logical vectors.
 * Tiles do not show in the bits.
 */
#ifndef RS_SIMD_H
#define RS_SIMD_H

#include <stddef.h>
#include <stdint.h>

/* Unrolls the following loop, whose bounds are known after inlining, so that its arrays live in
 * registers. */
#ifdef __clang__
#define RS_UNROLL _Pragma("clang loop unroll(full)")
#else
#define RS_UNROLL _Pragma("GCC unroll 12")
#endif

/* Kernels are written as functions whose tile sizes become constants by inlining. The generic
 * instance has tiles of one and needs no constants. */
#if defined(RS_ISA_AVX512) || defined(RS_ISA_AVX2) || defined(RS_ISA_NEON)
#define RS_INLINE static inline __attribute__((always_inline, unused))
#else
#define RS_INLINE static inline __attribute__((unused))
#endif

/* TILE(first, SIZE) over `count` in tiles of MOST, then one of what is left (MOST is at most 4). */
#define RS_FOR_TILES(count, MOST, TILE)                    \
    do {                                                   \
        ptrdiff_t first = 0;                               \
        for (; first + (MOST) <= (count); first += (MOST)) \
            TILE(first, MOST);                             \
        if ((MOST) > 3 && (count)-first == 3)              \
            TILE(first, 3);                                \
        else if ((MOST) > 2 && (count)-first == 2)         \
            TILE(first, 2);                                \
        else if ((MOST) > 1 && (count)-first == 1)         \
            TILE(first, 1);                                \
    } while (0)

#if RS_REAL_BITS == 32
typedef float real;
typedef int32_t real_bits;
#define RS_LITERAL(number) number##f
#define RS_ONE_BITS        0x3f800000
#define RS_SQRT_HALF_BITS  0x3f3504f3
#define RS_INTEGER_BITS    0x4b000000  /* 2^23: integers below it sit in the mantissa */
#define RS_INTEGER_ONE     8388608.0f  /* 2^23 */
#define RS_ROUNDER         12582912.0f /* 1.5 * 2^23: adding it rounds to an integer */
enum { RS_MANTISSA_BITS = 23, RS_LOGICAL_LANES = 16 };

/* v_exp2_of_quarters adds n, shifted so that its last two bits lie below the exponent, to the bits
 * of 2^(j/4), j = n mod 4. So j, shifted likewise, is taken off them here. */
enum { RS_QUARTERS_SHIFT = RS_MANTISSA_BITS - 2 };
static const _Alignas(16) real rs_quarter_powers[4]
    __attribute__((unused)) = {0x1p0f, 0x1.f06fe0p-1f, 0x1.ea09e6p-1f, 0x1.ee89fap-1f};
#else
typedef double real;
typedef int64_t real_bits;
#define RS_LITERAL(number) number
#define RS_ONE_BITS        0x3ff0000000000000
#define RS_SQRT_HALF_BITS  0x3fe6a09e667f3bcd
#define RS_INTEGER_BITS    0x4330000000000000 /* 2^52 */
#define RS_INTEGER_ONE     4503599627370496.0
#define RS_ROUNDER         6755399441055744.0 /* 1.5 * 2^52 */
enum { RS_MANTISSA_BITS = 52, RS_LOGICAL_LANES = 8 };
#endif

#if defined(RS_ISA_AVX512)
enum { RS_PARTS = 1 };
#include "simd_avx512.h"
#elif defined(RS_ISA_AVX2)
enum { RS_PARTS = 2 };
#include "simd_avx2.h"
#elif defined(RS_ISA_NEON)
enum { RS_PARTS = 4 };
#include "simd_neon.h"
#else
enum { RS_PARTS = 1 };
#include "simd_generic.h"
#endif

_Static_assert(RS_PARTS *RS_VECTOR_LANES == RS_LOGICAL_LANES, "parts make up a logical vector");

#endif
