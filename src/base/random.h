/* NumPy's RandomState, bit for bit: MT19937 with the legacy seeding and distributions.
 * Reference: M. Matsumoto, T. Nishimura, "Mersenne Twister", ACM TOMACS 8(1), 1998, and the
 * documented stream guarantee of numpy.random.RandomState. */
#ifndef RS_RANDOM_H
#define RS_RANDOM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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

/* What pairs of normals are made of: points in the unit circle, and the squares of their distances
 * from its middle. Drawing them and making normals of them are two calls, since few points at a
 * time fill the vectors of the machine badly, and other numbers may come between them. */
enum { RS_POINTS_MOST = 256, RS_POINTS_AHEAD = 64 };
typedef struct rs_random_points {
    size_t count; /* at most RS_POINTS_MOST */
    double point[RS_POINTS_MOST + RS_POINTS_AHEAD][2], square[RS_POINTS_MOST + RS_POINTS_AHEAD];
} rs_random_points;

/* Adds the points of the next 2 count normals, where no normal is kept; and the normals of all
 * points, which are then used up. */
void rs_random_draw_points(rs_random *random, size_t count, rs_random_points *points);
void rs_random_points_normals(rs_random_points *points, double *normals);

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

/* The next word: randint(0, 2**32). */
static inline uint32_t rs_random_word(rs_random *random)
{
    const uint32_t word = rs_random_peek(random, &random->next);
    random->next++;
    return word;
}

/* randint(0, bound), bound from 1 to 2^31, for loops that are compiled for vectors. */
static inline uint32_t rs_random_index(rs_random *random, uint32_t bound)
{
    const uint32_t mask = bound > 1 ? UINT32_MAX >> __builtin_clz(bound - 1) : 0;
    uint32_t draw = 0;
    do
        draw = bound > 1 ? rs_random_word(random) & mask : 0;
    while (draw >= bound);
    return draw;
}

/* random_sample of two words, the first of which is the lower half: 27 bits of it and 26 of the
 * other. They are put at the end of numbers whose last places are 2^-27 and 2^-53, from which every
 * sum is exact. */
static inline double rs_random_unit_of(uint64_t words)
{
    const uint64_t bits[] = {UINT64_C(0x4180000000000000) | (words >> 5 & 0x7ffffff),
                             UINT64_C(0x3fe0000000000000) | words >> 38};
    double high, low;
    memcpy(&high, &bits[0], sizeof high);
    memcpy(&low, &bits[1], sizeof low);
    return high - (0x1p25 + 0.5) + low;
}

/* random_sample of the words 2i and 2i + 1. */
static inline double rs_random_unit_at(const uint32_t *words, size_t i)
{
    uint64_t two;
    memcpy(&two, words + 2 * i, sizeof two);
    return rs_random_unit_of(two);
}

/* The lowest bits of all words that were made together, of which the first is the lowest bit of the
 * first byte; RS_LOW_BITS_PAST bytes of 0 follow. They hold until a word is drawn that is not
 * ready. To gather them takes as long as to draw RS_LOW_BITS_PAY words or so in another way. */
enum { RS_LOW_BITS_PAST = 32 };
typedef struct rs_low_bits {
    uint8_t byte[RS_RANDOM_WORDS / 8 + RS_LOW_BITS_PAST];
} rs_low_bits;

/* Makes words ready where none is. */
void rs_random_low_bits(rs_random *random, rs_low_bits *low);

enum { RS_LOW_BITS = 57, RS_LOW_BITS_PAY = 200 };
/* RS_LOW_BITS of them from number `at` on, as far as there are so many. */
static inline uint64_t rs_low_bits_at(const rs_low_bits *low, uint32_t at)
{
    uint64_t bits;
    memcpy(&bits, low->byte + at / 8, sizeof bits);
    return bits >> at % 8;
}

/* permutation(count) into order[0..count-1]. */
void rs_random_permutation(rs_random *random, uint32_t count, uint32_t *order);

#endif
