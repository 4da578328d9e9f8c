/* uniforms philox SEED STREAM COUNT | sobol DIMENSIONS FIRST COUNT | scrambled SEED DIMENSIONS
 * COUNT: prints the numbers under the sampling methods, one index a line, for comparison with NumPy
 * and SciPy. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "uniform.h"

static void print_philox(uint64_t seed, uint64_t stream, uint64_t count)
{
    for (uint64_t i = 0; i < count; i++)
        printf("%" PRIu64 " %.17g\n", rs_philox(i, seed, stream), rs_uniform(seed, stream, i));
}

static void print_sobol(size_t dimensions, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++)
        for (size_t d = 0; d < dimensions; d++) {
            rs_sobol sobol = rs_sobol_make(0, d);
            printf("%" PRIu32 "%c", rs_sobol_point(&sobol, i), d + 1 < dimensions ? ' ' : '\n');
        }
}

static void print_scrambled(uint64_t seed, size_t dimensions, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++)
        for (size_t d = 0; d < dimensions; d++) {
            rs_sobol sobol = rs_sobol_make(seed, d);
            printf("%.17g%c", rs_sobol_uniform(&sobol, i), d + 1 < dimensions ? ' ' : '\n');
        }
}

int main(int count, char *arguments[])
{
    uint64_t numbers[3] = {0};
    for (int i = 2; i < count && i < 5; i++)
        numbers[i - 2] = strtoull(arguments[i], NULL, 10);
    if (count == 5 && strcmp(arguments[1], "philox") == 0)
        print_philox(numbers[0], numbers[1], numbers[2]);
    else if (count == 5 && strcmp(arguments[1], "sobol") == 0)
        print_sobol(numbers[0], (uint32_t)numbers[1], (uint32_t)numbers[2]);
    else if (count == 5 && strcmp(arguments[1], "scrambled") == 0)
        print_scrambled(numbers[0], numbers[1], (uint32_t)numbers[2]);
    else
        return EXIT_FAILURE;
    return EXIT_SUCCESS;
}
