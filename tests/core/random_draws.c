/* Writes draws of one stream to stdout as native 64-bit words.
 * Usage: random_draws SEED (BOUND COUNT)...    BOUND 0 for random_sample() */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "random.h"

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
        for (unsigned long left = strtoul(arguments[i + 1], NULL, 10); left > 0; left--) {
            uint64_t word = draw(&random, bound);
            if (fwrite(&word, sizeof word, 1, stdout) != 1)
                return 74;
        }
    }
    return fclose(stdout) == 0 ? 0 : 74;
}
