/* What the notebook's experiment holds before it trains, drawn and computed by the core itself, as
 * JSON: the training pairs, the network of the gradient check, its loss and its gradient over the
 * first 100 samples, by the kernels of ISA. Usage: lab9_start ISA */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "addition.h"
#include "initial.h"
#include "kernel/dispatch.h"

enum { SEED = 1, STATES = 3, STEPS = 16, SAMPLES = 2000, CHECKED = 100, SHOWN = 5, ROOM = 64 };

static void print_pairs(void)
{
    rs_random random;
    uint64_t a, b, sum = 0;
    rs_random_seed(&random, SEED);
    printf("{\"pairs\": [");
    for (int i = 0; i < SAMPLES; i++) {
        rs_addition_draw(&random, STEPS, &a, &b);
        sum += a + b;
        if (i < SHOWN)
            printf("%s[%" PRIu64 ", %" PRIu64 "]", i > 0 ? ", " : "", a, b);
    }
    printf("], \"sum\": %" PRIu64, sum);
}

static void print_block(const char *name, const rs_network_shape *shape, const double *block)
{
    printf(",\n \"%s\": {", name);
    for (int t = 0; t < RS_TENSOR_TOTAL; t++) {
        printf("%s\"%s\": [", t > 0 ? ", " : "", rs_tensor_name(t));
        for (size_t i = shape->offset[t]; i < shape->offset[t + 1]; i++)
            printf("%s%.17g", i > shape->offset[t] ? ", " : "", block[i]);
        printf("]");
    }
    printf("}");
}

int main(int argc, char **argv)
{
    static _Alignas(64) double parameters[ROOM], gradient[ROOM];
    const rs_network_shape shape =
        rs_network_shape_make(RS_ADDITION_INPUTS, STATES, RS_ADDITION_OUTPUTS);
    const rs_isa *isa;
    rs_error error;
    rs_random random;
    rs_dataset set = {0};
    if (argc != 2 || rs_isa_select(&isa, argv[1], &error) != RS_OK ||
        rs_dataset_reserve(&set, SAMPLES, STEPS, &error) != RS_OK)
        return EXIT_FAILURE;
    const rs_kernel *kernel = rs_isa_kernel(isa, RS_FLOAT64);
    void *scratch =
        aligned_alloc(64, (kernel->scratch_bytes(STATES, CHECKED, STEPS) / 64 + 1) * 64);
    if (scratch == NULL)
        return EXIT_FAILURE;
    rs_random_seed(&random, SEED);
    rs_dataset_draw(&set, SAMPLES, STEPS, &random);
    rs_initial_draw(&shape, &random, parameters);
    const rs_batch batch = rs_dataset_batch(&set, 0, CHECKED);
    kernel->gradient(scratch, STATES, parameters, &batch, gradient);
    print_pairs();
    printf(",\n \"loss\": %.17g", kernel->loss(scratch, STATES, parameters, &batch));
    print_block("params", &shape, parameters);
    print_block("grads", &shape, gradient);
    printf("}\n");
    free(scratch);
    rs_dataset_free(&set);
    return EXIT_SUCCESS;
}
