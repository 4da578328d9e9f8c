/* NumPy's RandomState, bit for bit: MT19937 with the legacy seeding and distributions.
 * Reference: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, and the
 * documented stream guarantee of numpy.random.RandomState. */
#ifndef RS_RANDOM_H
#define RS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { RS_RANDOM_WORDS = 624 };

/* A value: copying it copies the stream's position. */
typedef struct rs_random {
    uint32_t word[RS_RANDOM_WORDS];
    uint32_t ready[RS_RANDOM_WORDS]; /* what is handed out of them */
    uint32_t next;                   /* index of the next one */
    bool has_normal;                 /* the second of a pair of normals, kept for the next */
    double normal;
} rs_random;

/* RandomState(seed). */
void rs_random_seed(rs_random *random, uint32_t seed);

/* RandomState([words[0], ..., words[count - 1]]); count >= 1. */
void rs_random_seed_words(rs_random *random, const uint32_t *words, uint32_t count);

/* random_sample(): 53 random bits in [0, 1). */
double rs_random_unit(rs_random *random);

/* uniform(low, high). */
double rs_random_uniform(rs_random *random, double low, double high);

/* standard_normal() of legacy streams, by the polar method; within 1e-15 of NumPy, whose logarithm
 * is the C library's. */
double rs_random_normal(rs_random *random);

/* randint(0, bound) of the default 64-bit type; bound >= 1. */
uint64_t rs_random_below(rs_random *random, uint64_t bound);

/* randint(0, 2, count): fair bits. */
void rs_random_bits(rs_random *random, size_t count, uint8_t *bits);

/* randint(0, bound, count); bound from 1 to 256. */
void rs_random_symbols(rs_random *random, uint32_t bound, size_t count, uint8_t *symbols);

/* The same for any bound: as many calls of rs_random_below. */
void rs_random_indices(rs_random *random, uint32_t bound, size_t count, uint32_t *indices);

/* randint(0, 2**32, count). */
void rs_random_words(rs_random *random, size_t count, uint32_t *words);

/* permutation(count) into order[0..count-1]. */
void rs_random_permutation(rs_random *random, uint32_t count, uint32_t *order);

#endif
