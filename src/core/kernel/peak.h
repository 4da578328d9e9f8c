/* The yardstick of `rnnsweep bench`: what the arithmetic units can do at most. */
#ifndef RS_PEAK_H
#define RS_PEAK_H

#include "simd.h"

/* Two units with a latency of four or five cycles are busy from ten chains on, and twelve leave
 * four of sixteen registers for the operands: the same budget as the tiles of the kernels. */
enum { PEAK_CHAINS = 12 };

/* a = 0.5 a + 1 in every lane of every chain, which tends to 2: never denormal, never infinite. */
static double fma_chains(size_t count, double *end)
{
    const vreal half = v_set1(RS_LITERAL(0.5)), one = v_set1(1);
    vreal chain[PEAK_CHAINS], total = v_set1(0);
    for (int c = 0; c < PEAK_CHAINS; c++)
        chain[c] = v_set1((real)c);
    for (size_t i = 0; i < count; i++)
        RS_UNROLL
    for (int c = 0; c < PEAK_CHAINS; c++)
        chain[c] = v_fma(chain[c], half, one);
    RS_UNROLL
    for (int c = 0; c < PEAK_CHAINS; c++)
        total = v_add(total, chain[c]);
    _Alignas(64) real lane[RS_VECTOR_LANES];
    v_store(lane, total);
    *end = (double)lane[0];
    return 2.0 * PEAK_CHAINS * RS_VECTOR_LANES * (double)count;
}

#endif
