/* Vector vocabulary on AVX2 and FMA: two machine vectors make a logical one. See simd.h for what
 * each operation means. */
#ifndef RS_SIMD_AVX2_H
#define RS_SIMD_AVX2_H

#if !defined(__AVX2__) || !defined(__FMA__)
#error "simd_avx2.h needs -mavx2 -mfma"
#endif

#include <immintrin.h>

/* Register tiles: 12 accumulators leave four of sixteen registers for operands. */
enum {
    TILE_STATES = 4,
    TILE_VECTORS = 3,
    TILE_SUMS = 3,
    SMALL_TILE_VECTORS = 2,
    WIDE_ROWS = 6,
    WIDE_PANELS = 1
};

typedef __m256i vcode;

#if RS_REAL_BITS == 32
typedef __m256 vreal;
enum { RS_VECTOR_LANES = 8 };
#define RS_X86(operation)      _mm256_##operation##_ps
#define RS_X86_INT(operation)  _mm256_##operation##_epi32
#define RS_AS_INT              _mm256_castps_si256
#define RS_AS_REAL             _mm256_castsi256_ps
#define RS_X86_SET1_INT(value) _mm256_set1_epi32((int)(value))
#else
typedef __m256d vreal;
enum { RS_VECTOR_LANES = 4 };
#define RS_X86(operation)      _mm256_##operation##_pd
#define RS_X86_INT(operation)  _mm256_##operation##_epi64
#define RS_AS_INT              _mm256_castpd_si256
#define RS_AS_REAL             _mm256_castsi256_pd
#define RS_X86_SET1_INT(value) _mm256_set1_epi64x((long long)(value))
#endif

RS_INLINE vreal v_load(const real *from)
{
    return RS_X86(load)(from);
}
RS_INLINE void v_store(real *to, vreal a)
{
    RS_X86(store)(to, a);
}
RS_INLINE vreal v_set1(real a)
{
    return RS_X86(set1)(a);
}
RS_INLINE vreal v_add(vreal a, vreal b)
{
    return RS_X86(add)(a, b);
}
RS_INLINE vreal v_sub(vreal a, vreal b)
{
    return RS_X86(sub)(a, b);
}
RS_INLINE vreal v_mul(vreal a, vreal b)
{
    return RS_X86(mul)(a, b);
}
RS_INLINE vreal v_div(vreal a, vreal b)
{
    return RS_X86(div)(a, b);
}
RS_INLINE vreal v_sqrt(vreal a)
{
    return RS_X86(sqrt)(a);
}
RS_INLINE vreal v_fma(vreal a, vreal b, vreal c)
{
    return RS_X86(fmadd)(a, b, c);
}
RS_INLINE vreal v_fnma(vreal a, vreal b, vreal c)
{
    return RS_X86(fnmadd)(a, b, c);
}
RS_INLINE vreal v_min(vreal a, vreal b)
{
    return RS_X86(min)(a, b);
}
RS_INLINE vreal v_max(vreal a, vreal b)
{
    return RS_X86(max)(a, b);
}
RS_INLINE vreal v_and(vreal a, vreal b)
{
    return RS_X86(and)(a, b);
}
RS_INLINE vreal v_or(vreal a, vreal b)
{
    return RS_X86(or)(a, b);
}
RS_INLINE vreal v_xor(vreal a, vreal b)
{
    return RS_X86(xor)(a, b);
}

RS_INLINE vreal v_greater(vreal a, vreal b)
{
    return RS_X86(cmp)(a, b, _CMP_GT_OQ);
}

RS_INLINE vreal v_select(vreal mask, vreal a, vreal b)
{
    return RS_X86(blendv)(b, a, mask);
}

RS_INLINE vreal v_exp2_of_rounded(vreal rounded)
{
    vcode exponent = RS_X86_INT(slli)(RS_AS_INT(rounded), RS_MANTISSA_BITS);
    return RS_AS_REAL(RS_X86_INT(add)(exponent, RS_X86_SET1_INT(RS_ONE_BITS)));
}

RS_INLINE vreal v_split(vreal a, vreal *mantissa)
{
    vcode above = RS_X86_INT(sub)(RS_AS_INT(a), RS_X86_SET1_INT(RS_SQRT_HALF_BITS));
    vcode exponent = RS_X86_INT(srli)(above, RS_MANTISSA_BITS);
    vcode shifted = RS_X86_INT(slli)(exponent, RS_MANTISSA_BITS);
    *mantissa = RS_AS_REAL(RS_X86_INT(sub)(RS_AS_INT(a), shifted));
    vcode counted = _mm256_or_si256(exponent, RS_X86_SET1_INT(RS_INTEGER_BITS));
    return v_sub(RS_AS_REAL(counted), v_set1(RS_INTEGER_ONE));
}

#if RS_REAL_BITS == 32

RS_INLINE vcode v_codes(const uint8_t *from)
{
    return _mm256_cvtepu8_epi32(_mm_loadl_epi64((const __m128i *)(const void *)from));
}

RS_INLINE vreal v_lookup4(const real table[4], vcode codes)
{
    return _mm256_permutevar_ps(_mm256_broadcast_ps((const __m128 *)(const void *)table), codes);
}

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    __m256 low = _mm256_permutevar8x32_ps(_mm256_load_ps(table), pair);
    __m256 high = _mm256_permutevar8x32_ps(_mm256_load_ps(table + 8), pair);
    return _mm256_blendv_ps(low, high, RS_AS_REAL(_mm256_slli_epi32(pair, 31 - 3)));
}

RS_INLINE vreal v_exp2_of_quarters(vreal rounded)
{
    vcode n = RS_AS_INT(rounded), power = RS_AS_INT(v_lookup4(rs_quarter_powers, n));
    return RS_AS_REAL(RS_X86_INT(add)(power, RS_X86_INT(slli)(n, RS_QUARTERS_SHIFT)));
}

RS_INLINE vreal v_code_mask(vcode codes, const int bit)
{
    return RS_AS_REAL(_mm256_srai_epi32(_mm256_slli_epi32(codes, 31 - bit), 31));
}

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    vreal by8 = v_add(part[0], part[1]);
    __m128 by4 = _mm_add_ps(_mm256_castps256_ps128(by8), _mm256_extractf128_ps(by8, 1));
    __m128 by2 = _mm_add_ps(by4, _mm_movehl_ps(by4, by4));
    return _mm_cvtss_f32(_mm_add_ss(by2, _mm_movehdup_ps(by2)));
}

#else

RS_INLINE vcode v_codes(const uint8_t *from)
{
    return _mm256_cvtepu8_epi64(_mm_loadu_si32(from));
}

RS_INLINE vreal v_lookup4(const real table[4], vcode codes)
{
    /* The 64-bit lane c of the table is its pair of 32-bit lanes 2c, 2c+1. */
    vcode two_bits = _mm256_and_si256(codes, _mm256_set1_epi64x(3));
    vcode low = _mm256_add_epi64(two_bits, two_bits);
    vcode high = _mm256_slli_epi64(_mm256_add_epi64(low, _mm256_set1_epi64x(1)), 32);
    __m256 pairs = _mm256_castpd_ps(_mm256_load_pd(table));
    return _mm256_castps_pd(_mm256_permutevar8x32_ps(pairs, _mm256_or_si256(low, high)));
}

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    vreal second = RS_AS_REAL(_mm256_slli_epi64(pair, 63 - 2));
    vreal fourth = RS_AS_REAL(_mm256_slli_epi64(pair, 63 - 3));
    vreal low = _mm256_blendv_pd(v_lookup4(table, pair), v_lookup4(table + 4, pair), second);
    vreal high = _mm256_blendv_pd(v_lookup4(table + 8, pair), v_lookup4(table + 12, pair), second);
    return _mm256_blendv_pd(low, high, fourth);
}

RS_INLINE vreal v_code_mask(vcode codes, const int bit)
{
    vcode raised = _mm256_slli_epi64(codes, 63 - bit);
    return RS_AS_REAL(_mm256_cmpgt_epi64(_mm256_setzero_si256(), raised));
}

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    vreal by4 = v_add(part[0], part[1]);
    __m128d by2 = _mm_add_pd(_mm256_castpd256_pd128(by4), _mm256_extractf128_pd(by4, 1));
    return _mm_cvtsd_f64(_mm_add_sd(by2, _mm_unpackhi_pd(by2, by2)));
}

#endif

RS_INLINE vcode v_code_pair(vcode first, vcode second)
{
    vcode two_bits = RS_X86_SET1_INT(3);
    return _mm256_or_si256(_mm256_and_si256(first, two_bits),
                           RS_X86_INT(slli)(_mm256_and_si256(second, two_bits), 2));
}

RS_INLINE vreal v_code_sign(vcode codes, const int bit)
{
    vcode raised = RS_X86_INT(slli)(codes, RS_REAL_BITS - 1 - bit);
    return v_and(RS_AS_REAL(raised), v_set1(-RS_LITERAL(0.0)));
}

#endif
