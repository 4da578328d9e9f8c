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

/* random_sample(count). */
void rs_random_units(rs_random *random, size_t count, double *units);

/* standard_normal() of legacy streams, by the polar method; within 1e-15 of NumPy, whose logarithm
 * is the C library's. */
double rs_random_normal(rs_random *random);

/* standard_normal(count). */
void rs_random_normals(rs_random *random, size_t count, double *normals);

/* randint(0, bound) of the default 64-bit type; bound >= 1. */
uint64_t rs_random_below(rs_random *random, uint64_t bound);

/* randint(0, 2, count): fair bits. */
void rs_random_bits(rs_random *random, size_t count, uint8_t *bits);

/* randint(0, bound, count); bound from 1 to 256. */
void rs_random_symbols(rs_random *random, uint32_t bound, size_t count, uint8_t *symbols);

/* The same for any bound: as many calls of rs_random_below. */
void rs_random_indices(rs_random *random, uint32_t bound, size_t count, uint32_t *indices);

/* Takes words that are ready, which are randint(0, 2**32, *taken): at least one and at most `most`,
 * which is above 0. They hold until the next call. */
const uint32_t *rs_random_take(rs_random *random, size_t most, size_t *taken);

/* Makes at least one word ready. */
void rs_random_refill(rs_random *random);

/* The word at *next, for loops that decide without a branch whether they take it: *next += 1 takes
 * it, += 0 leaves it. *next is a copy of random->next, and is put back after the loop. */
static inline uint32_t rs_random_peek(rs_random *random, uint32_t *next)
{
    if (*next == RS_RANDOM_WORDS) {
        rs_random_refill(random);
        *next = random->next;
    }
    return random->ready[*next];
}

/* permutation(count) into order[0..count-1]. */
void rs_random_permutation(rs_random *random, uint32_t count, uint32_t *order);

#endif
