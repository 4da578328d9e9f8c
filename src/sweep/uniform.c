#include "uniform.h"

/* ---- Philox ---------------------------------------------------------------------------------- */

/* High and low half of a product of two 64-bit numbers. */
static uint64_t multiply(uint64_t a, uint64_t b, uint64_t *low)
{
    __extension__ typedef unsigned __int128 product128;
    product128 product = (product128)a * b;
    *low = (uint64_t)product;
    return (uint64_t)(product >> 64);
}

uint64_t rs_philox(uint64_t counter, uint64_t key_0, uint64_t key_1)
{
    enum { ROUNDS = 10 };
    uint64_t c0 = counter, c1 = 0, c2 = 0, c3 = 0;
    for (int round = 0; round < ROUNDS; round++) {
        uint64_t low_0, low_1;
        uint64_t high_0 = multiply(0xD2E7470EE14C6C93, c0, &low_0);
        uint64_t high_1 = multiply(0xCA5A826395121157, c2, &low_1);
        c0 = high_1 ^ c1 ^ key_0;
        c1 = low_1;
        c2 = high_0 ^ c3 ^ key_1;
        c3 = low_0;
        key_0 += 0x9E3779B97F4A7C15; /* golden ratio */
        key_1 += 0xBB67AE8584CAA73B; /* sqrt(3) - 1 */
    }
    return c0;
}

double rs_uniform(uint64_t seed, uint64_t stream, uint64_t index)
{
    /* 52 bits and a half, so that neither 0 nor 1 can result */
    return ((double)(rs_philox(index, seed, stream) >> 12) + 0.5) * 0x1p-52;
}

/* ---- Sobol ----------------------------------------------------------------------------------- */

enum { HIGHEST_DEGREE = 9 };

typedef struct directions {
    uint8_t degree;
    uint8_t coefficients;
    uint16_t first[HIGHEST_DEGREE];
} directions;

/* Dimension 0 is the van der Corput sequence and needs no entry. */
static const directions table[RS_SOBOL_DIMENSIONS - 1] = {
#define X(degree, coefficients, ...) {degree, coefficients, {__VA_ARGS__}},
#include "sobol_directions.def"
#undef X
};

/* The direction numbers v_1, v_2, ... are fractions of 2^32 that follow, after the first s, from
 *   m_k = 2 a_1 m_{k-1} ^ ... ^ 2^{s-1} a_{s-1} m_{k-s+1} ^ 2^s m_{k-s} ^ m_{k-s}
 * with v_k = m_k 2^{32-k}. */
rs_sobol rs_sobol_make(uint64_t seed, size_t dimension)
{
    rs_sobol sobol = {.key = (uint32_t)(rs_philox(dimension, seed, 0) >> 32)};
    uint32_t *v = sobol.direction;
    const directions *from = dimension > 0 ? &table[dimension - 1] : NULL;
    unsigned degree = from != NULL ? from->degree : RS_SOBOL_BITS;
    for (unsigned k = 0; k < RS_SOBOL_BITS; k++) {
        if (from == NULL)
            v[k] = UINT32_C(1) << (RS_SOBOL_BITS - 1 - k);
        else if (k < degree)
            v[k] = (uint32_t)from->first[k] << (RS_SOBOL_BITS - 1 - k);
        else {
            v[k] = v[k - degree] ^ (v[k - degree] >> degree);
            for (unsigned j = 1; j < degree; j++)
                if (from->coefficients >> (degree - 1 - j) & 1)
                    v[k] ^= v[k - j];
        }
    }
    return sobol;
}

/* The sum modulo 2 of the direction numbers at the bits of the Gray code. */
uint32_t rs_sobol_point(const rs_sobol *sobol, uint32_t index)
{
    uint32_t point = 0;
    for (uint32_t gray = index ^ (index >> 1); gray != 0; gray &= gray - 1)
        point ^= sobol->direction[__builtin_ctz(gray)];
    return point;
}

static uint32_t reverse_bits(uint32_t x)
{
    x = (x >> 1 & 0x55555555) | (x & 0x55555555) << 1;
    x = (x >> 2 & 0x33333333) | (x & 0x33333333) << 2;
    x = (x >> 4 & 0x0F0F0F0F) | (x & 0x0F0F0F0F) << 4;
    return __builtin_bswap32(x);
}

/* A bit of the result depends on that bit and lower ones alone (Laine and Karras, 2011; constants
 * of Burley, Practical hash-based Owen scrambling, JCGT 9(4), 2020), so on reversed bits it is
 * Owen's scrambling. */
static uint32_t permute_upwards(uint32_t x, uint32_t seed)
{
    x += seed;
    x ^= x * 0x6C50B47C;
    x ^= x * 0xB82F1E52;
    x ^= x * 0xC7AFE638;
    x ^= x * 0x8D22F6E6;
    return x;
}

double rs_sobol_uniform(const rs_sobol *sobol, uint32_t index)
{
    uint32_t point = reverse_bits(rs_sobol_point(sobol, index));
    return (reverse_bits(permute_upwards(point, sobol->key)) + 0.5) * 0x1p-32;
}
