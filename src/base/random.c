#include "random.h"

#include <math.h>
#include <string.h>

#include "exact.h"

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

static void refill(rs_random *random)
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
    if (random->next == RS_RANDOM_WORDS)
        refill(random);
    return random->ready[random->next++];
}

/* Words that are ready, at most `most`, which is above 0. */
static size_t ready_words(rs_random *random, size_t most)
{
    if (random->next == RS_RANDOM_WORDS)
        refill(random);
    const size_t ready = RS_RANDOM_WORDS - random->next;
    return ready < most ? ready : most;
}

double rs_random_unit(rs_random *random)
{
    uint32_t high = next_word(random) >> 5, low = next_word(random) >> 6;
    return (high * 67108864.0 + low) / 9007199254740992.0;
}

double rs_random_uniform(rs_random *random, double low, double high)
{
    return low + (high - low) * rs_random_unit(random);
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
    } while (square >= 1 || square == 0);
    const double scale = sqrt(-2 * rs_exact_log(square) / square);
    random->normal = scale * x;
    random->has_normal = true;
    return scale * y;
}

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

void rs_random_bits(rs_random *random, size_t count, uint8_t *bits)
{
    for (size_t here; count > 0; count -= here, bits += here) {
        here = ready_words(random, count);
        for (size_t i = 0; i < here; i++)
            bits[i] = random->ready[random->next + i] & 1;
        random->next += (uint32_t)here;
    }
}

void rs_random_symbols(rs_random *random, uint32_t bound, size_t count, uint8_t *symbols)
{
    const uint32_t largest = bound - 1, mask = (uint32_t)mask_over(largest);
    for (size_t here; count > 0 && largest > 0;) {
        here = ready_words(random, count);
        size_t kept = 0; /* whether a word is kept is decided without a branch */
        for (size_t i = 0; i < here; i++) {
            const uint32_t draw = random->ready[random->next + i] & mask;
            symbols[kept] = (uint8_t)draw;
            kept += draw <= largest;
        }
        random->next += (uint32_t)here;
        symbols += kept;
        count -= kept;
    }
    memset(symbols, 0, count);
}

void rs_random_indices(rs_random *random, uint32_t bound, size_t count, uint32_t *indices)
{
    const uint32_t largest = bound - 1, mask = (uint32_t)mask_over(largest);
    for (size_t here; count > 0 && largest > 0;) {
        here = ready_words(random, count);
        size_t kept = 0; /* as above */
        for (size_t i = 0; i < here; i++) {
            const uint32_t draw = random->ready[random->next + i] & mask;
            indices[kept] = draw;
            kept += draw <= largest;
        }
        random->next += (uint32_t)here;
        indices += kept;
        count -= kept;
    }
    memset(indices, 0, count * sizeof *indices);
}

void rs_random_words(rs_random *random, size_t count, uint32_t *words)
{
    for (size_t here; count > 0; count -= here, words += here) {
        here = ready_words(random, count);
        memcpy(words, random->ready + random->next, here * sizeof *words);
        random->next += (uint32_t)here;
    }
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
