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

static void print_block(const char *name, const rs_network *network, const double *block)
{
    printf(",\n \"%s\": {", name);
    for (int t = 0; t < RS_TENSOR_TOTAL; t++) {
        printf("%s\"%s\": [", t > 0 ? ", " : "", rs_tensor_name(t));
        for (size_t i = 0; i < network->tensor[t].count; i++)
            printf("%s%.17g", i > 0 ? ", " : "", block[network->tensor[t].offset + i]);
        printf("]");
    }
    printf("}");
}

int main(int argc, char **argv)
{
    static _Alignas(64) double parameters[ROOM], gradient[ROOM];
    const rs_network network =
        rs_network_make(RS_CELL_TANH, RS_ADDITION_INPUTS, STATES, RS_ADDITION_OUTPUTS);
    const rs_isa *isa;
    rs_error error;
    rs_random random;
    rs_sequences set = {0};
    if (argc != 2 || rs_isa_select(&isa, argv[1], &error) != RS_OK ||
        rs_sequences_reserve(&set, SAMPLES, STEPS, &error) != RS_OK)
        return EXIT_FAILURE;
    const rs_kernel *kernel = rs_isa_kernel(isa, RS_FLOAT64);
    void *scratch =
        aligned_alloc(64, (kernel->scratch_bytes(&network, CHECKED, STEPS, true) / 64 + 1) * 64);
    if (scratch == NULL)
        return EXIT_FAILURE;
    rs_random_seed(&random, SEED);
    rs_sequences_draw(&set, SAMPLES, STEPS, &random);
    const rs_run_config config = rs_run_config_default();
    rs_initial_draw(&network, &config, &random, parameters, NULL);
    const rs_minibatch batch = rs_sequences_minibatch(&set, 0, CHECKED);
    kernel->gradient(scratch, &network, parameters, &batch, gradient, NULL);
    print_pairs();
    printf(",\n \"loss\": %.17g", kernel->loss(scratch, &network, parameters, &batch));
    print_block("params", &network, parameters);
    print_block("grads", &network, gradient);
    printf("}\n");
    free(scratch);
    rs_sequences_free(&set);
    return EXIT_SUCCESS;
}
