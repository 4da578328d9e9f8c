#include "random.h"

#include <math.h>
#include <string.h>

#include "exact.h"
#include "vectorised.h"

enum { SHIFT = 397 }; /* m of the recurrence x[k+n] = x[k+m] ^ twist(x[k], x[k+1]) */

void rs_random_seed(rs_random *random, uint32_t seed)
{
    random->word[0] = seed;
    for (uint32_t i = 1; i < RS_RANDOM_WORDS; i++) {
        uint32_t last = random->word[i - 1];
        random->word[i] = 1812433253u * (last ^ (last >> 30)) + i;
    }
    random->next = RS_RANDOM_WORDS;
    random->has_normal = false;
    random->normal = 0;
}

/* init_by_array of the authors' mt19937ar.c. */
void rs_random_seed_words(rs_random *random, const uint32_t *words, uint32_t count)
{
    enum { N = RS_RANDOM_WORDS };
    uint32_t *word = random->word, i = 1, j = 0;
    rs_random_seed(random, 19650218u);
    for (uint32_t k = N > count ? N : count; k > 0; k--) {
        word[i] = (word[i] ^ ((word[i - 1] ^ (word[i - 1] >> 30)) * 1664525u)) + words[j] + j;
        i++;
        j = j + 1 < count ? j + 1 : 0;
        if (i == N) {
            word[0] = word[N - 1];
            i = 1;
        }
    }
    for (uint32_t k = N - 1; k > 0; k--) {
        word[i] = (word[i] ^ ((word[i - 1] ^ (word[i - 1] >> 30)) * 1566083941u)) - i;
        i++;
        if (i == N) {
            word[0] = word[N - 1];
            i = 1;
        }
    }
    word[0] = 0x80000000u;
}

static uint32_t twist(uint32_t upper, uint32_t lower)
{
    uint32_t joined = (upper & 0x80000000u) | (lower & 0x7fffffffu);
    return (joined >> 1) ^ (-(lower & 1u) & 0x9908b0dfu);
}

static uint32_t tempered(uint32_t word)
{
    word ^= word >> 11;
    word ^= (word << 7) & 0x9d2c5680u;
    word ^= (word << 15) & 0xefc60000u;
    return word ^ (word >> 18);
}

RS_VECTORISED void rs_random_refill(rs_random *random)
{
    uint32_t *word = random->word;
    uint32_t i = 0;
    for (; i < RS_RANDOM_WORDS - SHIFT; i++)
        word[i] = word[i + SHIFT] ^ twist(word[i], word[i + 1]);
    for (; i < RS_RANDOM_WORDS - 1; i++)
        word[i] = word[i + SHIFT - RS_RANDOM_WORDS] ^ twist(word[i], word[i + 1]);
    word[i] = word[SHIFT - 1] ^ twist(word[i], word[0]);
    for (i = 0; i < RS_RANDOM_WORDS; i++)
        random->ready[i] = tempered(word[i]);
    random->next = 0;
}

static uint32_t next_word(rs_random *random)
{
    const uint32_t word = rs_random_peek(random, &random->next);
    random->next++;
    return word;
}

const uint32_t *rs_random_take(rs_random *random, size_t most, size_t *taken)
{
    if (random->next == RS_RANDOM_WORDS)
        rs_random_refill(random);
    const uint32_t *words = random->ready + random->next;
    const size_t ready = RS_RANDOM_WORDS - random->next;
    *taken = ready < most ? ready : most;
    random->next += (uint32_t)*taken;
    return words;
}

/* ---- Reals ------------------------------------------------------------------------------------
 */

static double unit_of(uint32_t first, uint32_t second)
{
    const int32_t high = (int32_t)(first >> 5), low = (int32_t)(second >> 6);
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double rs_random_unit(rs_random *random)
{
    const uint32_t first = next_word(random);
    return unit_of(first, next_word(random));
}

RS_VECTORISED static void make_units(const uint32_t *words, size_t count, double *units)
{
    for (size_t i = 0; i < count; i++)
        units[i] = unit_of(words[2 * i], words[2 * i + 1]);
}

/* How many times so many words are ready, at most `most` times. */
static size_t ready_times(const rs_random *random, size_t words, size_t most)
{
    const size_t ready = (RS_RANDOM_WORDS - random->next) / words;
    return ready < most ? ready : most;
}

void rs_random_units(rs_random *random, size_t count, double *units)
{
    for (size_t here; count > 0; count -= here, units += here) {
        here = ready_times(random, 2, count);
        make_units(random->ready + random->next, here, units);
        random->next += 2 * (uint32_t)here;
        if (here == 0) { /* its words are of two fillings */
            units[0] = rs_random_unit(random);
            here = 1;
        }
    }
}

double rs_random_uniform(rs_random *random, double low, double high)
{
    return low + (high - low) * rs_random_unit(random);
}

/* Whether a point lies in the unit circle, and not in its middle, and the factor that makes normals
 * of its coordinates. */
static inline bool is_inside(double square)
{
    return (square < 1) & (square > 0);
}

static inline double scale_of(double square)
{
    return sqrt(-2 * rs_exact_log(square) / square);
}

/* G. Marsaglia, T. A. Bray, "A convenient method for generating normal variables", SIAM Review 6,
 * 1964. */
double rs_random_normal(rs_random *random)
{
    double x, y, square;
    if (random->has_normal) {
        random->has_normal = false;
        return random->normal;
    }
    do {
        x = 2 * rs_random_unit(random) - 1;
        y = 2 * rs_random_unit(random) - 1;
        square = x * x + y * y;
    } while (!is_inside(square));
    const double scale = scale_of(square);
    random->normal = scale * x;
    random->has_normal = true;
    return scale * y;
}

/* Points of the square that contains the circle, looked at together. */
enum { POINTS = 64, POINT_WORDS = 4 };

typedef struct points {
    double x[POINTS], y[POINTS], square[POINTS];
    uint32_t at[POINTS]; /* place of a point inside among all of them */
} points;

RS_VECTORISED static void make_points(const uint32_t *words, size_t count, points *p)
{
    for (size_t i = 0; i < count; i++, words += POINT_WORDS) {
        p->x[i] = 2 * unit_of(words[0], words[1]) - 1;
        p->y[i] = 2 * unit_of(words[2], words[3]) - 1;
        p->square[i] = p->x[i] * p->x[i] + p->y[i] * p->y[i];
    }
}

/* Brings the points inside to the front; without branches, which nobody could predict. */
static size_t keep_inside(size_t count, points *p)
{
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        const double square = p->square[i];
        p->x[kept] = p->x[i];
        p->y[kept] = p->y[i];
        p->square[kept] = square;
        p->at[kept] = (uint32_t)i;
        kept += is_inside(square);
    }
    return kept;
}

RS_VECTORISED static void make_normals(size_t pairs, const points *p, double *normals)
{
    for (size_t i = 0; i < pairs; i++) {
        const double scale = scale_of(p->square[i]);
        normals[2 * i] = scale * p->y[i];
        normals[2 * i + 1] = scale * p->x[i];
    }
}

/* Draws pairs from the words that are ready, at most `most`, and returns how many. What follows the
 * last one of `most` stays. */
static size_t draw_pairs(rs_random *random, size_t most, double *normals)
{
    points p;
    const size_t wanted = most + most / 2 + 1; /* since pi/4 of them are inside */
    const size_t count = ready_times(random, POINT_WORDS, wanted < POINTS ? wanted : POINTS);
    make_points(random->ready + random->next, count, &p);
    const size_t kept = keep_inside(count, &p), pairs = kept < most ? kept : most;
    make_normals(pairs, &p, normals);
    random->next += POINT_WORDS * (kept >= most ? p.at[most - 1] + 1 : (uint32_t)count);
    return pairs;
}

void rs_random_normals(rs_random *random, size_t count, double *normals)
{
    while (count > 0)
        if (random->has_normal || count == 1 || ready_times(random, POINT_WORDS, 1) == 0) {
            *normals++ = rs_random_normal(random);
            count--;
        } else {
            const size_t drawn = 2 * draw_pairs(random, count / 2, normals);
            normals += drawn;
            count -= drawn;
        }
}

/* ---- Whole numbers ----------------------------------------------------------------------------
 */

/* Smallest 2^k - 1 that is not below value. */
static uint64_t mask_over(uint64_t value)
{
    return value == 0 ? 0 : UINT64_MAX >> __builtin_clzll(value);
}

uint64_t rs_random_below(rs_random *random, uint64_t bound)
{
    uint64_t largest = bound - 1, mask = mask_over(largest), draw;
    if (largest == 0)
        return 0;
    /* Masked rejection: one word up to 32 bits, two words (high first) above. */
    do {
        draw = next_word(random);
        if (largest > UINT32_MAX)
            draw = draw << 32 | next_word(random);
        draw &= mask;
    } while (draw > largest);
    return draw;
}

static inline void make_bits(const uint32_t *words, size_t count, uint8_t *bits)
{
    for (size_t i = 0; i < count; i++)
        bits[i] = words[i] & 1;
}

RS_VECTORISED static void make_many_bits(const uint32_t *words, size_t count, uint8_t *bits)
{
    make_bits(words, count, bits);
}

void rs_random_bits(rs_random *random, size_t count, uint8_t *bits)
{
    enum { MANY = 64 }; /* from here on wide vectors pay */
    for (size_t here; count > 0; count -= here, bits += here) {
        const uint32_t *words = rs_random_take(random, count, &here);
        if (here < MANY)
            make_bits(words, here, bits);
        else
            make_many_bits(words, here, bits);
    }
}

void rs_random_symbols(rs_random *random, uint32_t bound, size_t count, uint8_t *symbols)
{
    const uint32_t largest = bound - 1, mask = (uint32_t)mask_over(largest);
    for (size_t here; count > 0 && largest > 0;) {
        const uint32_t *words = rs_random_take(random, count, &here);
        size_t kept = 0; /* whether a word is kept is decided without a branch */
        for (size_t i = 0; i < here; i++) {
            const uint32_t draw = words[i] & mask;
            symbols[kept] = (uint8_t)draw;
            kept += draw <= largest;
        }
        symbols += kept;
        count -= kept;
    }
    memset(symbols, 0, count);
}

void rs_random_indices(rs_random *random, uint32_t bound, size_t count, uint32_t *indices)
{
    const uint32_t largest = bound - 1, mask = (uint32_t)mask_over(largest);
    for (size_t here; count > 0 && largest > 0;) {
        const uint32_t *words = rs_random_take(random, count, &here);
        size_t kept = 0; /* as above */
        for (size_t i = 0; i < here; i++) {
            const uint32_t draw = words[i] & mask;
            indices[kept] = draw;
            kept += draw <= largest;
        }
        indices += kept;
        count -= kept;
    }
    memset(indices, 0, count * sizeof *indices);
}

void rs_random_permutation(rs_random *random, uint32_t count, uint32_t *order)
{
    for (uint32_t i = 0; i < count; i++)
        order[i] = i;
    for (uint32_t i = count; i > 1; i--) {
        const uint32_t j = (uint32_t)rs_random_below(random, i), kept = order[j];
        order[j] = order[i - 1];
        order[i - 1] = kept;
    }
}
