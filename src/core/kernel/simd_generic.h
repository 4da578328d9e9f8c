/* Vector vocabulary in plain C: one machine vector is one logical vector. The definition of correct
 * for the others; see simd.h. */
#ifndef RS_SIMD_GENERIC_H
#define RS_SIMD_GENERIC_H

#include <math.h>
#include <string.h>

enum { RS_VECTOR_LANES = RS_LOGICAL_LANES };

/* Register tiles: a logical vector fills the registers of most machines by itself. */
enum {
    TILE_STATES = 1,
    TILE_VECTORS = 1,
    TILE_SUMS = 1,
    SMALL_TILE_VECTORS = 1,
    WIDE_ROWS = 1,
    WIDE_PANELS = 1
};

typedef struct vreal {
    _Alignas(64) real lane[RS_VECTOR_LANES];
} vreal;
typedef struct vcode {
    uint8_t lane[RS_VECTOR_LANES];
} vcode;

/* Defines `vreal name(...)` that computes `expression` of the lanes with index l. */
#define RS_LANEWISE(name, arguments, expression)  \
    RS_INLINE vreal name arguments                \
    {                                             \
        vreal result;                             \
        for (int l = 0; l < RS_VECTOR_LANES; l++) \
            result.lane[l] = (expression);        \
        return result;                            \
    }

RS_INLINE real_bits lane_bits(real a)
{
    real_bits bits;
    memcpy(&bits, &a, sizeof bits);
    return bits;
}

RS_INLINE real lane_real(real_bits bits)
{
    real a;
    memcpy(&a, &bits, sizeof a);
    return a;
}

RS_INLINE real lane_fma(real a, real b, real c)
{
    return RS_REAL_BITS == 32 ? (real)fmaf((float)a, (float)b, (float)c) : (real)fma(a, b, c);
}

RS_INLINE real lane_sqrt(real a)
{
    return RS_REAL_BITS == 32 ? (real)sqrtf((float)a) : (real)sqrt(a);
}

RS_LANEWISE(v_load, (const real *from), from[l])
RS_LANEWISE(v_set1, (real a), a)
RS_LANEWISE(v_add, (vreal a, vreal b), a.lane[l] + b.lane[l])
RS_LANEWISE(v_sub, (vreal a, vreal b), a.lane[l] - b.lane[l])
RS_LANEWISE(v_mul, (vreal a, vreal b), a.lane[l] * b.lane[l])
RS_LANEWISE(v_div, (vreal a, vreal b), a.lane[l] / b.lane[l])
RS_LANEWISE(v_sqrt, (vreal a), lane_sqrt(a.lane[l]))
RS_LANEWISE(v_fma, (vreal a, vreal b, vreal c), lane_fma(a.lane[l], b.lane[l], c.lane[l]))
RS_LANEWISE(v_fnma, (vreal a, vreal b, vreal c), lane_fma(-a.lane[l], b.lane[l], c.lane[l]))
RS_LANEWISE(v_min, (vreal a, vreal b), a.lane[l] < b.lane[l] ? a.lane[l] : b.lane[l])
RS_LANEWISE(v_max, (vreal a, vreal b), a.lane[l] > b.lane[l] ? a.lane[l] : b.lane[l])
RS_LANEWISE(v_and, (vreal a, vreal b), lane_real(lane_bits(a.lane[l]) & lane_bits(b.lane[l])))
RS_LANEWISE(v_or, (vreal a, vreal b), lane_real(lane_bits(a.lane[l]) | lane_bits(b.lane[l])))
RS_LANEWISE(v_xor, (vreal a, vreal b), lane_real(lane_bits(a.lane[l]) ^ lane_bits(b.lane[l])))
RS_LANEWISE(v_greater, (vreal a, vreal b), lane_real(a.lane[l] > b.lane[l] ? -1 : 0))
RS_LANEWISE(v_select, (vreal mask, vreal a, vreal b),
            lane_bits(mask.lane[l]) != 0 ? a.lane[l] : b.lane[l])
RS_LANEWISE(v_lookup4, (const real table[4], vcode codes), table[codes.lane[l] & 3])
RS_LANEWISE(v_lookup16, (const real table[16], vcode pair), table[pair.lane[l]])
RS_LANEWISE(v_code_mask, (vcode codes, const int bit),
            lane_real(-(real_bits)(codes.lane[l] >> bit & 1)))
RS_LANEWISE(v_code_sign, (vcode codes, const int bit),
            (codes.lane[l] >> bit & 1) != 0 ? -RS_LITERAL(0.0) : RS_LITERAL(0.0))

#if RS_REAL_BITS == 32
typedef uint32_t lane_unsigned;
#else
typedef uint64_t lane_unsigned;
#endif

RS_LANEWISE(v_exp2_of_rounded, (vreal rounded),
            lane_real((real_bits)(((lane_unsigned)lane_bits(rounded.lane[l]) << RS_MANTISSA_BITS) +
                                  (lane_unsigned)RS_ONE_BITS)))

#if RS_REAL_BITS == 32

RS_INLINE real lane_exp2_of_quarters(real rounded)
{
    lane_unsigned n = (lane_unsigned)lane_bits(rounded);
    lane_unsigned power = (lane_unsigned)lane_bits(rs_quarter_powers[n & 3]);
    return lane_real((real_bits)(power + (n << RS_QUARTERS_SHIFT)));
}

RS_LANEWISE(v_exp2_of_quarters, (vreal rounded), lane_exp2_of_quarters(rounded.lane[l]))

#endif

RS_INLINE void v_store(real *to, vreal a)
{
    memcpy(to, a.lane, sizeof a.lane);
}

RS_INLINE vcode v_codes(const uint8_t *from)
{
    vcode codes;
    memcpy(codes.lane, from, sizeof codes.lane);
    return codes;
}

RS_INLINE vcode v_code_pair(vcode first, vcode second)
{
    vcode pair;
    for (int l = 0; l < RS_VECTOR_LANES; l++)
        pair.lane[l] = (uint8_t)((first.lane[l] & 3) | (second.lane[l] & 3) << 2);
    return pair;
}

RS_INLINE vreal v_split(vreal a, vreal *mantissa)
{
    vreal exponents;
    for (int l = 0; l < RS_VECTOR_LANES; l++) {
        lane_unsigned bits = (lane_unsigned)lane_bits(a.lane[l]);
        lane_unsigned exponent = (bits - (lane_unsigned)RS_SQRT_HALF_BITS) >> RS_MANTISSA_BITS;
        mantissa->lane[l] = lane_real((real_bits)(bits - (exponent << RS_MANTISSA_BITS)));
        exponents.lane[l] = (real)exponent;
    }
    return exponents;
}

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    vreal sum = part[0];
    for (int half = RS_VECTOR_LANES / 2; half > 0; half /= 2)
        for (int l = 0; l < half; l++)
            sum.lane[l] += sum.lane[l + half];
    return sum.lane[0];
}

#endif
