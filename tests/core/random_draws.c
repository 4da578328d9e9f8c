/* Writes draws of one stream to stdout as native 64-bit words.
 * Usage: random_draws SEED (BOUND COUNT)...    BOUND 0 for random_sample() */
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

enum { BLOCK = 999 };

static uint64_t draw(rs_random *random, uint64_t bound)
{
    uint64_t word;
    double unit;
    if (bound > 0)
        return rs_random_below(random, bound);
    unit = rs_random_unit(random);
    memcpy(&word, &unit, sizeof word);
    return word;
}

static bool write_word(uint64_t word)
{
    return fwrite(&word, sizeof word, 1, stdout) == 1;
}

/* The first half of the draws at once, the others one by one. */
static bool write_draws(rs_random *random, uint64_t bound, unsigned long count)
{
    uint32_t block[BLOCK];
    unsigned long half = bound > 0 && bound <= UINT32_MAX ? count / 2 : 0;
    count -= half;
    for (unsigned long here; half > 0; half -= here) {
        here = half < BLOCK ? half : BLOCK;
        rs_random_indices(random, (uint32_t)bound, here, block);
        for (unsigned long i = 0; i < here; i++)
            if (!write_word(block[i]))
                return false;
    }
    for (; count > 0; count--)
        if (!write_word(draw(random, bound)))
            return false;
    return true;
}

int main(int count, char **arguments)
{
    if (count < 4 || count % 2 != 0) {
        fprintf(stderr, "usage: random_draws SEED (BOUND COUNT)...\n");
        return 64;
    }
    rs_random random;
    rs_random_seed(&random, (uint32_t)strtoul(arguments[1], NULL, 10));
    for (int i = 2; i < count; i += 2) {
        uint64_t bound = strtoull(arguments[i], NULL, 10);
        if (!write_draws(&random, bound, strtoul(arguments[i + 1], NULL, 10)))
            return 74;
    }
    return fclose(stdout) == 0 ? 0 : 74;
}
