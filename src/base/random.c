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

double rs_random_unit(rs_random *random)
{
    const uint64_t first = rs_random_word(random);
    return rs_random_unit_of(first | (uint64_t)rs_random_word(random) << 32);
}

/* How many times so many words are ready, at most `most` times. */
static inline size_t ready_times(const rs_random *random, size_t words, size_t most)
{
    const size_t ready = (RS_RANDOM_WORDS - random->next) / words;
    return ready < most ? ready : most;
}

RS_VECTORISED static void make_units(const uint32_t *words, size_t count, double *units)
{
    for (size_t i = 0; i < count; i++)
        units[i] = rs_random_unit_at(words, i);
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

/* Whether a point lies in the unit circle, and not in its middle: the bits of numbers from 0 on are
 * in the order of the numbers. */
static inline bool is_inside(double square)
{
    uint64_t bits;
    memcpy(&bits, &square, sizeof bits);
    return bits - 1 < UINT64_C(0x3ff0000000000000) - 1;
}

/* The factor that makes normals of its coordinates. */
static inline double scale_of(double square)
{
    return sqrt(-2 * rs_exact_log(square) / square);
}

/* G. Marsaglia, T. A. Bray, "A convenient method for generating normal variables", SIAM Review 6,
 * 1964. */
static double draw_point(rs_random *random, double point[2])
{
    double square;
    do {
        for (int i = 0; i < 2; i++)
            point[i] = 2 * rs_random_unit(random) - 1;
        square = point[0] * point[0] + point[1] * point[1];
    } while (!is_inside(square));
    return square;
}

double rs_random_normal(rs_random *random)
{
    double point[2];
    if (random->has_normal) {
        random->has_normal = false;
        return random->normal;
    }
    const double scale = scale_of(draw_point(random, point));
    random->normal = scale * point[0];
    random->has_normal = true;
    return scale * point[1];
}

enum { POINT_WORDS = 4 };

/* Points of the square that contains the circle, looked at together. */
typedef struct square_points {
    double point[RS_POINTS_AHEAD][2], square[RS_POINTS_AHEAD];
} square_points;

RS_VECTORISED static void make_points(const uint32_t *words, size_t count, square_points *made)
{
    double *number = made->point[0];
    for (size_t i = 0; i < 2 * count; i++)
        number[i] = 2 * rs_random_unit_at(words, i) - 1;
    for (size_t i = 0; i < count; i++)
        made->square[i] = number[2 * i] * number[2 * i] + number[2 * i + 1] * number[2 * i + 1];
}

/* Appends the points inside, without branches, which nobody could predict; at[i] is the place among
 * all of the i-th of them. Returns how many there are. */
static size_t keep_inside(const square_points *made, size_t count, rs_random_points *points,
                          uint32_t *at)
{
    double(*point)[2] = points->point + points->count, *square = points->square + points->count;
    size_t kept = 0;
    for (size_t i = 0; i < count; i++) {
        memcpy(point[kept], made->point[i], sizeof *point);
        square[kept] = made->square[i];
        at[kept] = (uint32_t)i;
        kept += is_inside(made->square[i]);
    }
    return kept;
}

/* Draws from the words that are ready, and returns how many. What follows the last one wanted
 * stays. */
static size_t draw_ready_points(rs_random *random, size_t wanted, rs_random_points *points)
{
    square_points made;
    uint32_t at[RS_POINTS_AHEAD + 1];
    const size_t likely = (wanted + wanted / 4 + 7) / 4 * 4; /* since pi/4 of them are inside */
    const size_t count =
        ready_times(random, POINT_WORDS, likely < RS_POINTS_AHEAD ? likely : RS_POINTS_AHEAD);
    make_points(random->ready + random->next, count, &made);
    const size_t kept = keep_inside(&made, count, points, at),
                 taken = kept < wanted ? kept : wanted;
    random->next += POINT_WORDS * (kept >= wanted ? at[wanted - 1] + 1 : (uint32_t)count);
    return taken;
}

void rs_random_draw_points(rs_random *random, size_t count, rs_random_points *points)
{
    for (size_t drawn; count > 0; count -= drawn, points->count += drawn)
        if (ready_times(random, POINT_WORDS, 1) > 0) {
            drawn = draw_ready_points(random, count, points);
        } else { /* its words are of two fillings */
            points->square[points->count] = draw_point(random, points->point[points->count]);
            drawn = 1;
        }
}

RS_VECTORISED void rs_random_points_normals(rs_random_points *points, double *normals)
{
    enum { TOGETHER = 8 }; /* so that no vector is left half empty */
    const size_t count = points->count, whole = (count + TOGETHER - 1) / TOGETHER * TOGETHER;
    double *square = points->square;
    for (size_t i = count; i < whole; i++)
        square[i] = 0.5;
    for (size_t i = 0; i < whole; i++)
        square[i] = scale_of(square[i]);
    for (size_t i = 0; i < count; i++) {
        normals[2 * i] = square[i] * points->point[i][1];
        normals[2 * i + 1] = square[i] * points->point[i][0];
    }
}

void rs_random_normals(rs_random *random, size_t count, double *normals)
{
    rs_random_points points;
    for (size_t pairs; count > 0; count -= 2 * pairs, normals += 2 * pairs) {
        if (random->has_normal || count == 1) {
            *normals++ = rs_random_normal(random);
            count--;
        }
        pairs = count / 2 < RS_POINTS_MOST ? count / 2 : RS_POINTS_MOST;
        points.count = 0;
        rs_random_draw_points(random, pairs, &points);
        rs_random_points_normals(&points, normals);
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
        draw = rs_random_word(random);
        if (largest > UINT32_MAX)
            draw = draw << 32 | rs_random_word(random);
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

RS_VECTORISED void rs_random_low_bits(rs_random *random, rs_low_bits *low)
{
    uint8_t bits[RS_RANDOM_WORDS];
    if (random->next == RS_RANDOM_WORDS)
        rs_random_refill(random);
    make_bits(random->ready, RS_RANDOM_WORDS, bits);
    for (size_t i = 0; i < RS_RANDOM_WORDS / 8; i++) {
        uint64_t eight; /* bytes of 0 and 1: pairs of them come together, then fours, then all */
        memcpy(&eight, bits + 8 * i, sizeof eight);
        eight |= eight >> 7;
        eight |= eight >> 14;
        low->byte[i] = (uint8_t)(eight | eight >> 28);
    }
    memset(low->byte + RS_RANDOM_WORDS / 8, 0, sizeof low->byte - RS_RANDOM_WORDS / 8);
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
