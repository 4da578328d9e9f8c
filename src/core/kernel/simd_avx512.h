/* Vector vocabulary on AVX-512 (F, BW, DQ, VL): one machine vector is one logical vector. See
 * simd.h for what each operation means. */
#ifndef RS_SIMD_AVX512_H
#define RS_SIMD_AVX512_H

#if !defined(__AVX512F__) || !defined(__AVX512DQ__)
#error "simd_avx512.h needs -mavx512f -mavx512dq"
#endif

#include <immintrin.h>

/* Register tiles: 12 to 24 accumulators of 32 registers; broadcasts are operands from memory. */
enum {
    TILE_STATES = 4,
    TILE_VECTORS = 3,
    TILE_SUMS = 4,
    SMALL_TILE_VECTORS = 3,
    WIDE_ROWS = 6,
    WIDE_PANELS = 4
};

typedef __m512i vcode;
enum { RS_VECTOR_LANES = RS_LOGICAL_LANES };

#if RS_REAL_BITS == 32
typedef __m512 vreal;
typedef __mmask16 vmask;
#define RS_X86(operation)      _mm512_##operation##_ps
#define RS_X86_INT(operation)  _mm512_##operation##_epi32
#define RS_AS_INT              _mm512_castps_si512
#define RS_AS_REAL             _mm512_castsi512_ps
#define RS_X86_SET1_INT(value) _mm512_set1_epi32((int)(value))
#define RS_MASK_TO_INT         _mm512_movm_epi32
#define RS_INT_TO_MASK         _mm512_movepi32_mask
#define RS_COMPARE             _mm512_cmp_ps_mask
#else
typedef __m512d vreal;
typedef __mmask8 vmask;
#define RS_X86(operation)      _mm512_##operation##_pd
#define RS_X86_INT(operation)  _mm512_##operation##_epi64
#define RS_AS_INT              _mm512_castpd_si512
#define RS_AS_REAL             _mm512_castsi512_pd
#define RS_X86_SET1_INT(value) _mm512_set1_epi64((long long)(value))
#define RS_MASK_TO_INT         _mm512_movm_epi64
#define RS_INT_TO_MASK         _mm512_movepi64_mask
#define RS_COMPARE             _mm512_cmp_pd_mask
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
    return RS_AS_REAL(RS_MASK_TO_INT(RS_COMPARE(a, b, _CMP_GT_OQ)));
}

RS_INLINE vreal v_select(vreal mask, vreal a, vreal b)
{
    return RS_X86(mask_blend)(RS_INT_TO_MASK(RS_AS_INT(mask)), b, a);
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
    vcode counted = _mm512_or_si512(exponent, RS_X86_SET1_INT(RS_INTEGER_BITS));
    return v_sub(RS_AS_REAL(counted), v_set1(RS_INTEGER_ONE));
}

#if RS_REAL_BITS == 32

RS_INLINE vcode v_codes(const uint8_t *from)
{
    return _mm512_cvtepu8_epi32(_mm_loadu_si128((const __m128i *)(const void *)from));
}

RS_INLINE vreal v_lookup4(const real table[4], vcode codes)
{
    return _mm512_permutevar_ps(_mm512_broadcast_f32x4(_mm_load_ps(table)), codes);
}

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    return _mm512_permutexvar_ps(pair, _mm512_load_ps(table));
}

RS_INLINE vreal v_exp2_of_quarters(vreal rounded)
{
    vcode n = RS_AS_INT(rounded), power = RS_AS_INT(v_lookup4(rs_quarter_powers, n));
    return RS_AS_REAL(RS_X86_INT(add)(power, RS_X86_INT(slli)(n, RS_QUARTERS_SHIFT)));
}

#else

RS_INLINE vcode v_codes(const uint8_t *from)
{
    return _mm512_cvtepu8_epi64(_mm_loadl_epi64((const __m128i *)(const void *)from));
}

RS_INLINE vreal v_lookup4(const real table[4], vcode codes)
{
    /* The permutation looks at three bits of the code; both halves hold the table. */
    vcode two_bits = _mm512_and_si512(codes, _mm512_set1_epi64(3));
    return _mm512_permutexvar_pd(two_bits, _mm512_broadcast_f64x4(_mm256_load_pd(table)));
}

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    return _mm512_permutex2var_pd(_mm512_load_pd(table), pair, _mm512_load_pd(table + 8));
}

#endif

RS_INLINE vcode v_code_pair(vcode first, vcode second)
{
    vcode two_bits = RS_X86_SET1_INT(3);
    return _mm512_or_si512(_mm512_and_si512(first, two_bits),
                           RS_X86_INT(slli)(_mm512_and_si512(second, two_bits), 2));
}

RS_INLINE vreal v_code_mask(vcode codes, const int bit)
{
    return RS_AS_REAL(RS_X86_INT(srai)(RS_X86_INT(slli)(codes, (unsigned)(RS_REAL_BITS - 1 - bit)),
                                       RS_REAL_BITS - 1));
}

RS_INLINE vreal v_code_sign(vcode codes, const int bit)
{
    vcode raised = RS_X86_INT(slli)(codes, (unsigned)(RS_REAL_BITS - 1 - bit));
    return v_and(RS_AS_REAL(raised), v_set1(-RS_LITERAL(0.0)));
}

#if RS_REAL_BITS == 32

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    __m256 by8 = _mm256_add_ps(_mm512_castps512_ps256(part[0]), _mm512_extractf32x8_ps(part[0], 1));
    __m128 by4 = _mm_add_ps(_mm256_castps256_ps128(by8), _mm256_extractf128_ps(by8, 1));
    __m128 by2 = _mm_add_ps(by4, _mm_movehl_ps(by4, by4));
    return _mm_cvtss_f32(_mm_add_ss(by2, _mm_movehdup_ps(by2)));
}

#else

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    __m256d by4 =
        _mm256_add_pd(_mm512_castpd512_pd256(part[0]), _mm512_extractf64x4_pd(part[0], 1));
    __m128d by2 = _mm_add_pd(_mm256_castpd256_pd128(by4), _mm256_extractf128_pd(by4, 1));
    return _mm_cvtsd_f64(_mm_add_sd(by2, _mm_unpackhi_pd(by2, by2)));
}

#endif

#endif
