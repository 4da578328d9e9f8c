/* Vector vocabulary on AArch64 NEON: four machine vectors make a logical one. See simd.h for what
 * each operation means. */
#ifndef RS_SIMD_NEON_H
#define RS_SIMD_NEON_H

#ifndef __aarch64__
#error "simd_neon.h needs AArch64"
#endif

#include <arm_neon.h>
#include <string.h>

/* Register tiles: 12 or 24 accumulators of 32 registers. */
enum {
    TILE_STATES = 4,
    TILE_VECTORS = 3,
    TILE_SUMS = 3,
    SMALL_TILE_VECTORS = 3,
    WIDE_ROWS = 6,
    WIDE_PANELS = 1
};

#if RS_REAL_BITS == 32
typedef float32x4_t vreal;
typedef uint32x4_t vcode;
enum { RS_VECTOR_LANES = 4 };
#define RS_NEON(operation)      v##operation##q_f32
#define RS_NEON_INT(operation)  v##operation##q_u32
#define RS_NEON_SET1_INT(value) vdupq_n_u32((uint32_t)(value))
#define RS_AS_INT               vreinterpretq_u32_f32
#define RS_AS_REAL              vreinterpretq_f32_u32
#else
typedef float64x2_t vreal;
typedef uint64x2_t vcode;
enum { RS_VECTOR_LANES = 2 };
#define RS_NEON(operation)      v##operation##q_f64
#define RS_NEON_INT(operation)  v##operation##q_u64
#define RS_NEON_SET1_INT(value) vdupq_n_u64((uint64_t)(value))
#define RS_AS_INT               vreinterpretq_u64_f64
#define RS_AS_REAL              vreinterpretq_f64_u64
#endif

RS_INLINE vreal v_load(const real *from)
{
    return RS_NEON(ld1)(from);
}
RS_INLINE void v_store(real *to, vreal a)
{
    RS_NEON(st1)(to, a);
}
RS_INLINE vreal v_add(vreal a, vreal b)
{
    return RS_NEON(add)(a, b);
}
RS_INLINE vreal v_sub(vreal a, vreal b)
{
    return RS_NEON(sub)(a, b);
}
RS_INLINE vreal v_mul(vreal a, vreal b)
{
    return RS_NEON(mul)(a, b);
}
RS_INLINE vreal v_div(vreal a, vreal b)
{
    return RS_NEON(div)(a, b);
}
RS_INLINE vreal v_sqrt(vreal a)
{
    return RS_NEON(sqrt)(a);
}
RS_INLINE vreal v_fma(vreal a, vreal b, vreal c)
{
    return RS_NEON(fma)(c, a, b);
}
RS_INLINE vreal v_fnma(vreal a, vreal b, vreal c)
{
    return RS_NEON(fms)(c, a, b);
}
/* vmin and vmax return NaN when either is NaN; selecting by comparison returns b. */
RS_INLINE vreal v_min(vreal a, vreal b)
{
    return RS_NEON(bsl)(RS_NEON(clt)(a, b), a, b);
}
RS_INLINE vreal v_max(vreal a, vreal b)
{
    return RS_NEON(bsl)(RS_NEON(cgt)(a, b), a, b);
}

RS_INLINE vreal v_set1(real a)
{
#if RS_REAL_BITS == 32
    return vdupq_n_f32(a);
#else
    return vdupq_n_f64(a);
#endif
}

RS_INLINE vreal v_and(vreal a, vreal b)
{
    return RS_AS_REAL(RS_NEON_INT(and)(RS_AS_INT(a), RS_AS_INT(b)));
}

RS_INLINE vreal v_or(vreal a, vreal b)
{
    return RS_AS_REAL(RS_NEON_INT(orr)(RS_AS_INT(a), RS_AS_INT(b)));
}

RS_INLINE vreal v_xor(vreal a, vreal b)
{
    return RS_AS_REAL(RS_NEON_INT(eor)(RS_AS_INT(a), RS_AS_INT(b)));
}

RS_INLINE vreal v_greater(vreal a, vreal b)
{
    return RS_AS_REAL(RS_NEON(cgt)(a, b));
}
RS_INLINE vreal v_select(vreal mask, vreal a, vreal b)
{
    return RS_NEON(bsl)(RS_AS_INT(mask), a, b);
}

#if RS_REAL_BITS == 32

RS_INLINE vcode v_shift_left(vcode a, const int bits)
{
    return vshlq_u32(a, vdupq_n_s32(bits));
}
RS_INLINE vcode v_shift_right(vcode a, const int bits)
{
    return vshlq_u32(a, vdupq_n_s32(-bits));
}

RS_INLINE vcode v_codes(const uint8_t *from)
{
    uint32_t four;
    memcpy(&four, from, sizeof four);
    uint8x8_t bytes = vcreate_u8(four);
    return vmovl_u16(vget_low_u16(vmovl_u8(bytes)));
}

RS_INLINE vcode v_bit_mask(vcode codes, const int bit)
{
    return vtstq_u32(codes, vdupq_n_u32(1u << bit));
}

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    vreal by8_low = v_add(part[0], part[2]), by8_high = v_add(part[1], part[3]);
    vreal by4 = v_add(by8_low, by8_high);
    float32x2_t by2 = vadd_f32(vget_low_f32(by4), vget_high_f32(by4));
    return vget_lane_f32(by2, 0) + vget_lane_f32(by2, 1);
}

#else

RS_INLINE vcode v_shift_left(vcode a, const int bits)
{
    return vshlq_u64(a, vdupq_n_s64(bits));
}
RS_INLINE vcode v_shift_right(vcode a, const int bits)
{
    return vshlq_u64(a, vdupq_n_s64(-bits));
}

RS_INLINE vcode v_codes(const uint8_t *from)
{
    return vcombine_u64(vcreate_u64(from[0]), vcreate_u64(from[1]));
}

RS_INLINE vcode v_bit_mask(vcode codes, const int bit)
{
    return vtstq_u64(codes, vdupq_n_u64(1ull << bit));
}

RS_INLINE real v_sum(const vreal part[RS_PARTS])
{
    vreal by2 = v_add(v_add(part[0], part[2]), v_add(part[1], part[3]));
    return vgetq_lane_f64(by2, 0) + vgetq_lane_f64(by2, 1);
}

#endif

RS_INLINE vreal v_exp2_of_rounded(vreal rounded)
{
    vcode exponent = v_shift_left(RS_AS_INT(rounded), RS_MANTISSA_BITS);
    return RS_AS_REAL(RS_NEON_INT(add)(exponent, RS_NEON_SET1_INT(RS_ONE_BITS)));
}

RS_INLINE vreal v_split(vreal a, vreal *mantissa)
{
    vcode above = RS_NEON_INT(sub)(RS_AS_INT(a), RS_NEON_SET1_INT(RS_SQRT_HALF_BITS));
    vcode exponent = v_shift_right(above, RS_MANTISSA_BITS);
    vcode shifted = v_shift_left(exponent, RS_MANTISSA_BITS);
    *mantissa = RS_AS_REAL(RS_NEON_INT(sub)(RS_AS_INT(a), shifted));
    vcode counted = RS_NEON_INT(orr)(exponent, RS_NEON_SET1_INT(RS_INTEGER_BITS));
    return v_sub(RS_AS_REAL(counted), v_set1(RS_INTEGER_ONE));
}

RS_INLINE vreal v_code_mask(vcode codes, const int bit)
{
    return RS_AS_REAL(v_bit_mask(codes, bit));
}

RS_INLINE vreal v_code_sign(vcode codes, const int bit)
{
    return v_and(v_code_mask(codes, bit), v_set1(-RS_LITERAL(0.0)));
}

RS_INLINE vreal v_lookup4(const real table[4], vcode codes)
{
    vreal low = v_code_mask(codes, 0), high = v_code_mask(codes, 1);
    vreal first = v_select(low, v_set1(table[1]), v_set1(table[0]));
    vreal second = v_select(low, v_set1(table[3]), v_set1(table[2]));
    return v_select(high, second, first);
}

RS_INLINE vcode v_code_pair(vcode first, vcode second)
{
    vcode two_bits = RS_NEON_SET1_INT(3);
    vcode high = v_shift_left(RS_NEON_INT(and)(second, two_bits), 2);
    return RS_NEON_INT(orr)(RS_NEON_INT(and)(first, two_bits), high);
}

/* Lookups of 16 are lookups of bytes, in a table of 64 or twice 64; a byte whose index is beyond
 * the table stays as it was (tbx). */
#if RS_REAL_BITS == 32

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    uint8x16_t bytes =
        vreinterpretq_u8_u32(vmlaq_u32(vdupq_n_u32(0x03020100), pair, vdupq_n_u32(0x04040404)));
    return vreinterpretq_f32_u8(vqtbl4q_u8(vld1q_u8_x4((const uint8_t *)table), bytes));
}

#else

RS_INLINE vreal v_lookup16(const real table[16], vcode pair)
{
    /* Byte j of a lane is byte 8 pair + j of the table: spread over the lane by a product. */
    uint32x4_t halves = vreinterpretq_u32_u64(pair); /* [pair, 0] in each lane */
    uint32x4_t both = vorrq_u32(halves, vreinterpretq_u32_u64(vshlq_n_u64(pair, 32)));
    uint8x16_t offset = vreinterpretq_u8_u64(vdupq_n_u64(0x0706050403020100));
    uint8x16_t bytes =
        vaddq_u8(vreinterpretq_u8_u32(vmulq_u32(both, vdupq_n_u32(0x08080808))), offset);
    uint8x16_t low = vqtbl4q_u8(vld1q_u8_x4((const uint8_t *)table), bytes);
    uint8x16_t beyond = vsubq_u8(bytes, vdupq_n_u8(64));
    return vreinterpretq_f64_u8(vqtbx4q_u8(low, vld1q_u8_x4((const uint8_t *)(table + 8)), beyond));
}

#endif

#if RS_REAL_BITS == 32

RS_INLINE vreal v_exp2_of_quarters(vreal rounded)
{
    vcode n = RS_AS_INT(rounded), power = RS_AS_INT(v_lookup4(rs_quarter_powers, n));
    return RS_AS_REAL(RS_NEON_INT(add)(power, v_shift_left(n, RS_QUARTERS_SHIFT)));
}

#endif

#endif
