/* Numbers in (0, 1) that depend on their coordinates alone: each can be computed separately, in any
 * order, by any thread. */
#ifndef RS_UNIFORM_H
#define RS_UNIFORM_H

#include <stddef.h>
#include <stdint.h>

/* First output of Philox4x64-10 (Salmon, Moraes, Dror, Shaw: Parallel random numbers: as easy as 1,
 * 2, 3; SC11) for the counter {counter, 0, 0, 0} and a key of two words. */
uint64_t rs_philox(uint64_t counter, uint64_t key_0, uint64_t key_1);

/* Coordinate `index` of the stream (seed, stream): independent and uniform. */
double rs_uniform(uint64_t seed, uint64_t stream, uint64_t index);

enum { RS_SOBOL_DIMENSIONS = 64, RS_SOBOL_BITS = 32 };

/* One dimension of the Sobol sequence, with its scrambling. */
typedef struct rs_sobol {
    uint32_t direction[RS_SOBOL_BITS]; /* fractions of 2^32 */
    uint32_t key;
} rs_sobol;

/* Dimension `dimension`, below RS_SOBOL_DIMENSIONS. Direction numbers of Joe and Kuo (Constructing
 * Sobol sequences with better two-dimensional projections, SIAM J. Sci. Comput. 30, 2008); every
 * (seed, dimension) has a scrambling of its own. */
rs_sobol rs_sobol_make(uint64_t seed, size_t dimension);

/* Point `index` of the unscrambled sequence, a fraction of 2^32; points are in Gray code order. */
uint32_t rs_sobol_point(const rs_sobol *sobol, uint32_t index);

/* The point after Owen's nested uniform scrambling, which keeps the sequence's even spread. */
double rs_sobol_uniform(const rs_sobol *sobol, uint32_t index);

#endif
