/* tanh, sigmoid, exp and log1p on vectors, from the vocabulary of simd.h alone, so that every
 * instruction set gives the same bits. The argument of v_tanh is scaled: v_tanh(RS_TANH_SCALE x) is
 * tanh(x). The kernels scale their weights, once per call.
 *
 * Maximum errors measured by tests/core/test_vmath.c (float32: all arguments, against double;
 * float64: 10^7 arguments, against long double), rounded up, in units in the last place of the
 * result:
 *
 *                  float32   float64   arguments
 *   v_tanh            5.5       3.3    all, and |result| <= 1; NaN gives NaN; float32 below
 *                                      2^-120: 2^-144 more
 *   v_sigmoid         2.7       2.6    all; below -87 (-708) as if that; NaN gives NaN
 *   v_exp_negative    1.3       2.0    <= 0; below -87 (-708) as if that; NaN gives NaN
 *   v_log1p           2.5       2.3    >= 0 and finite; NaN gives NaN
 *
 * Coefficients: rational minimax fits in relative error by the Remez exchange, computed with 40
 * digits by tests/core/fit_vmath.py. */
#ifndef RS_VMATH_H
#define RS_VMATH_H

#include "simd.h"

#define V_CONST(number) v_set1(RS_LITERAL(number))

RS_INLINE vreal v_clamp(vreal x, vreal bound)
{
    return v_min(bound, v_max(v_sub(v_set1(0), bound), x)); /* x last: NaN stays NaN */
}

#if RS_REAL_BITS == 32

/* The argument of v_tanh in units that make both polynomials of tanh begin with y^4: one addition
 * in place of a multiply-add each. A power of 2, so scaled weights give the same sums, scaled. */
#define RS_TANH_SCALE 0x1p-6f

/* tanh(x / RS_TANH_SCALE) = x P(x^2) / Q(x^2), relative error 5.2e-8 up to 8.168. The bound is the
 * last argument before that for which rounding leads to 1; it leads beyond 1 for none. */
RS_INLINE vreal v_tanh(vreal x)
{
    vreal w = v_clamp(x, v_set1(0x1.050d32p-3f)); /* 8.15786 / 64 */
    vreal y = v_mul(w, w);
    vreal p = v_add(y, V_CONST(0.44248892884184));
    vreal q = v_add(y, V_CONST(0.1153673888796));
    p = v_fma(y, p, V_CONST(0.019767106360227));
    q = v_fma(y, q, V_CONST(0.0023306008753964));
    p = v_fma(y, p, V_CONST(0.00019044945319533));
    q = v_fma(y, q, V_CONST(1.0450947489511e-5));
    p = v_fma(y, p, V_CONST(3.5039925361214e-7));
    q = v_fma(y, q, V_CONST(5.4749886235779e-9));
    return v_mul(w, v_div(p, q)); /* w P may be too small for a normal number */
}

#define V_EXP_BOUND V_CONST(87.0) /* e^-87 is a normal number */

/* e^u = 2^(n/4) (1 + hP(h)), where u = n ln(2)/4 + h, |h| <= ln(2)/8. */
RS_INLINE vreal v_exp_bounded(vreal u)
{
    vreal rounded = v_fma(u, V_CONST(5.77078016355585), v_set1(RS_ROUNDER)); /* 4/ln 2 */
    vreal n = v_sub(rounded, v_set1(RS_ROUNDER));
    /* ln(2)/4 in two floats. */
    vreal h = v_fnma(n, v_set1(0x1.62e43p-3f), u);
    h = v_fnma(n, v_set1(-0x1.05c610p-31f), h);
    vreal p = v_fma(h, V_CONST(0.041658236936497), V_CONST(0.16674428045569));
    p = v_fma(h, p, V_CONST(0.50000011154212));
    p = v_fma(h, p, V_CONST(0.99999985697604));
    vreal power = v_exp2_of_quarters(rounded);
    return v_fma(v_mul(power, h), p, power);
}

/* 1 / (1 + e^-u) */
RS_INLINE vreal v_sigmoid(vreal u)
{
    vreal e = v_exp_bounded(v_clamp(u, V_EXP_BOUND));
    return v_div(e, v_add(e, V_CONST(1.0)));
}

/* e^u for u <= 0 */
RS_INLINE vreal v_exp_negative(vreal u)
{
    return v_exp_bounded(v_max(v_sub(v_set1(0), V_EXP_BOUND), u));
}

#else

#define RS_TANH_SCALE 1.0

/* e^(2x) = 2^n (Q + hP) / (Q - hP), where 2x = n ln 2 + 2h, |h| <= ln(2)/4, and tanh(h) = h P/Q
 * with polynomials in h^2. */
typedef struct exp_parts {
    vreal scale; /* 2^n */
    vreal q, hp; /* Q, hP */
} exp_parts;

RS_INLINE exp_parts v_exp_parts(vreal x)
{
    vreal rounded = v_fma(x, V_CONST(2.88539008177792681), v_set1(RS_ROUNDER)); /* 2/ln 2 */
    vreal n = v_sub(rounded, v_set1(RS_ROUNDER));
    exp_parts parts = {.scale = v_exp2_of_rounded(rounded)};
    /* ln(2)/2 in two doubles. */
    vreal h = v_fnma(n, v_set1(0x1.62e42fefa39efp-2), x);
    h = v_fnma(n, v_set1(0x1.abc9e3b39803fp-57), h);
    vreal y = v_mul(h, h);
    vreal p = v_fma(y, V_CONST(0.001057399652889073820), V_CONST(0.1110990810124412705));
    p = v_fma(y, p, V_CONST(0.999999999999999995193));
    vreal q = v_fma(y, V_CONST(0.01586820443695828796), V_CONST(0.44443241434576657307));
    parts.q = v_fma(y, q, V_CONST(1.0));
    parts.hp = v_mul(h, p);
    return parts;
}

/* tanh(x) = (e^2x - 1) / (e^2x + 1), with the fraction of e^2x multiplied out: one division. */
RS_INLINE vreal v_tanh(vreal x)
{
    exp_parts parts = v_exp_parts(v_clamp(x, V_CONST(20.0)));
    vreal less = v_sub(parts.scale, V_CONST(1.0)), more = v_add(parts.scale, V_CONST(1.0));
    vreal above = v_fma(less, parts.q, v_mul(more, parts.hp));
    vreal below = v_fma(more, parts.q, v_mul(less, parts.hp));
    return v_div(above, below);
}

#define V_EXP_BOUND V_CONST(354.0) /* of half the argument: e^-708 is a normal number */

/* 1 / (1 + e^-u) */
RS_INLINE vreal v_sigmoid(vreal u)
{
    exp_parts parts = v_exp_parts(v_clamp(v_mul(u, V_CONST(0.5)), V_EXP_BOUND));
    vreal above = v_mul(parts.scale, v_add(parts.q, parts.hp));
    return v_div(above, v_add(above, v_sub(parts.q, parts.hp)));
}

/* e^u for u <= 0 */
RS_INLINE vreal v_exp_negative(vreal u)
{
    vreal half = v_mul(u, V_CONST(0.5));
    exp_parts parts = v_exp_parts(v_max(v_sub(v_set1(0), V_EXP_BOUND), half));
    vreal above = v_mul(parts.scale, v_add(parts.q, parts.hp));
    return v_div(above, v_sub(parts.q, parts.hp));
}

#endif

/* log(1 + a) for a >= 0.
 * With u = 1 + a rounded and c its rounding error, log(1 + a) = log(u) + c/u;
 * log(m) = 2 atanh((m - 1)/(m + 1)) for the mantissa m of u. */
RS_INLINE vreal v_log1p(vreal a)
{
    vreal one = V_CONST(1.0), mantissa;
    vreal u = v_add(one, a);
    vreal c = v_select(v_greater(a, one), v_sub(one, v_sub(u, a)), v_sub(a, v_sub(u, one)));
    vreal k = v_split(u, &mantissa);
    vreal f = v_sub(mantissa, one);
    vreal s = v_div(f, v_add(mantissa, one));
    vreal y = v_mul(s, s);
#if RS_REAL_BITS == 32
    vreal p = v_fma(y, V_CONST(0.14962868553278), V_CONST(0.19987395866971));
    p = v_fma(y, p, V_CONST(0.33333407989703));
    vreal ln2_high = v_set1(0x1.62e43p-1f), ln2_low = v_set1(-0x1.05c610p-29f);
#else
    vreal p = v_fma(y, V_CONST(0.07405313674109055), V_CONST(0.07656217201711925));
    p = v_fma(y, p, V_CONST(0.09091817722472735));
    p = v_fma(y, p, V_CONST(0.11111098490880968));
    p = v_fma(y, p, V_CONST(0.14285714380703958));
    p = v_fma(y, p, V_CONST(0.19999999999649304));
    p = v_fma(y, p, V_CONST(0.33333333333333826));
    vreal ln2_high = v_set1(0x1.62e42fefa39efp-1), ln2_low = v_set1(0x1.abc9e3b39803fp-56);
#endif
    vreal twice_s = v_add(s, s);
    vreal small = v_fma(k, ln2_low, v_div(c, u));
    vreal log_m = v_fma(v_mul(twice_s, y), p, twice_s);
    return v_fma(k, ln2_high, v_add(log_m, small));
}

#endif
