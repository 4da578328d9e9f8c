/* tanh, sigmoid, exp and log1p on vectors, from the vocabulary of simd.h alone, so that every
 * instruction set gives the same bits.
 *
 * Maximum errors measured by tests/core/test_vmath.c (float32: all arguments, against double;
 * float64: 10^7 arguments, against long double), rounded up, in units in the last place of the
 * result:
 *
 *                  float32   float64   arguments
 *   v_tanh            5.5       3.3    all, and |result| <= 1; NaN gives NaN
 *   v_sigmoid         2.7       2.6    all; below -87 (-708) as if that; NaN gives NaN
 *   v_exp_negative    2.1       2.0    <= 0; below -87 (-708) as if that; NaN gives NaN
 *   v_log1p           2.5       2.3    >= 0 and finite; NaN gives NaN
 *
 * Coefficients: rational minimax fits in relative error by the Remez exchange, computed with 40
 * digits by tests/core/fit_vmath.py. */
#ifndef RS_VMATH_H
#define RS_VMATH_H

#include "simd.h"

#define V_CONST(number) v_set1(RS_LITERAL(number))

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
#if RS_REAL_BITS == 32
    /* ln(2)/2 in two floats. */
    vreal h = v_fnma(n, v_set1(0x1.62e43p-2f), x);
    h = v_fnma(n, v_set1(-0x1.05c610p-30f), h);
    vreal y = v_mul(h, h);
    vreal p = v_fma(y, V_CONST(0.06658104472228528736), V_CONST(0.9999999994679126904));
    parts.q = v_fma(y, V_CONST(0.39991405751438910890), V_CONST(1.0));
#else
    vreal h = v_fnma(n, v_set1(0x1.62e42fefa39efp-2), x);
    h = v_fnma(n, v_set1(0x1.abc9e3b39803fp-57), h);
    vreal y = v_mul(h, h);
    vreal p = v_fma(y, V_CONST(0.001057399652889073820), V_CONST(0.1110990810124412705));
    p = v_fma(y, p, V_CONST(0.999999999999999995193));
    vreal q = v_fma(y, V_CONST(0.01586820443695828796), V_CONST(0.44443241434576657307));
    parts.q = v_fma(y, q, V_CONST(1.0));
#endif
    parts.hp = v_mul(h, p);
    return parts;
}

RS_INLINE vreal v_clamp(vreal x, vreal bound)
{
    return v_min(bound, v_max(v_sub(v_set1(0), bound), x)); /* x last: NaN stays NaN */
}

/* tanh(x) */
RS_INLINE vreal v_tanh(vreal x)
{
#if RS_REAL_BITS == 32
    /* a P(a^2) / Q(a^2) for a = |x|, relative error 2.1e-8 up to 9.011, where tanh rounds to 1. Q
     * is raised to the numerator where rounding leads up to 2^-22 beyond 1. */
    vreal sign = v_and(x, V_CONST(-0.0));
    vreal a = v_min(V_CONST(9.0109), v_xor(x, sign)); /* x last: NaN stays NaN */
    vreal y = v_mul(a, a);
    vreal p = v_fma(y, V_CONST(1.3335072798742e-8), V_CONST(2.0594995953427e-5));
    vreal q = v_fma(y, V_CONST(7.7685575223967e-7), V_CONST(3.2842362883975e-4));
    p = v_fma(y, p, V_CONST(3.4947334425348e-3));
    q = v_fma(y, q, V_CONST(2.5873731485378e-2));
    p = v_fma(y, p, V_CONST(0.13380306241035));
    q = v_fma(y, q, V_CONST(0.46713621638764));
    p = v_fma(y, p, V_CONST(0.99999997920871));
    q = v_fma(y, q, V_CONST(1.0));
    p = v_mul(a, p);
    return v_xor(v_div(p, v_max(p, q)), sign);
#else
    /* (e^2x - 1) / (e^2x + 1), with the fraction of e^2x multiplied out: one division. */
    exp_parts parts = v_exp_parts(v_clamp(x, V_CONST(20.0)));
    vreal less = v_sub(parts.scale, V_CONST(1.0)), more = v_add(parts.scale, V_CONST(1.0));
    vreal above = v_fma(less, parts.q, v_mul(more, parts.hp));
    vreal below = v_fma(more, parts.q, v_mul(less, parts.hp));
    return v_div(above, below);
#endif
}

#if RS_REAL_BITS == 32
#define V_EXP_BOUND V_CONST(43.5) /* e^-87 is a normal number */
#else
#define V_EXP_BOUND V_CONST(354.0)
#endif

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
