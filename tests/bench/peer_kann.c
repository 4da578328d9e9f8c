/* Default runs in KANN (https://github.com/attractivechaos/kann), which learns this very task in
 * its own examples: one network at a time in float32, its own first weights, its own RMSprop
 * (without momentum, which costs less).
 *
 * peer_kann CELL STATES, with the training pairs on standard input: compare.py says the rest. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "kann.h"

enum { SAMPLES = 2000, STEPS = 16, BATCH = 100, BATCHES = SAMPLES / BATCH, EPOCHS = 5 };
static const float rate = 0.01f, decay = 0.5f;

static float inputs[BATCHES][STEPS][BATCH * 2], targets[BATCHES][STEPS][BATCH];
static float input[STEPS][BATCH * 2], target[STEPS][BATCH];

struct network {
    kann_t *rolled, *unrolled;
    float *mean_square;
    int count;
};

static int read_pairs(void)
{
    unsigned long a, b;
    for (int i = 0; i < SAMPLES; i++) {
        if (scanf("%lu %lu", &a, &b) != 2)
            return 0;
        for (int k = 0; k < STEPS; k++) {
            float *x = inputs[i / BATCH][k] + i % BATCH * 2;
            x[0] = (float)(a >> k & 1);
            x[1] = (float)(b >> k & 1);
            targets[i / BATCH][k][i % BATCH] = (float)((a + b) >> k & 1);
        }
    }
    return 1;
}

static struct network make_network(const char *cell, int states)
{
    static float *bound_inputs[STEPS], *bound_targets[STEPS];
    kad_node_t *layer = kann_layer_input(2);
    if (strcmp(cell, "gru") == 0)
        layer = kann_layer_gru(layer, states, KANN_RNN_VAR_H0);
    else if (strcmp(cell, "lstm") == 0)
        layer = kann_layer_lstm(layer, states, KANN_RNN_VAR_H0);
    else
        layer = kann_layer_rnn(layer, states, KANN_RNN_VAR_H0);
    struct network network = {.rolled = kann_new(kann_layer_cost(layer, 1, KANN_C_CEB), 0)};
    network.count = kann_size_var(network.rolled);
    network.mean_square = calloc((size_t)network.count, sizeof(float));
    network.unrolled = kann_unroll(network.rolled, STEPS);
    for (int k = 0; k < STEPS; k++) {
        bound_inputs[k] = input[k];
        bound_targets[k] = target[k];
    }
    kann_set_batch_size(network.unrolled, BATCH);
    kann_feed_bind(network.unrolled, KANN_F_IN, 0, bound_inputs);
    kann_feed_bind(network.unrolled, KANN_F_TRUTH, 0, bound_targets);
    kann_switch(network.unrolled, 1);
    return network;
}

/* An update of each minibatch, and its loss after it. */
static float train_epoch(struct network *network)
{
    kann_t *unrolled = network->unrolled;
    float loss = 0;
    for (int i = 0; i < BATCHES; i++) {
        memcpy(input, inputs[i], sizeof input);
        memcpy(target, targets[i], sizeof target);
        kann_cost(unrolled, 0, 1);
        kann_RMSprop(network->count, rate, NULL, decay, unrolled->g, unrolled->x,
                     network->mean_square);
        loss = kann_cost(unrolled, 0, 0);
    }
    return loss;
}

static double cpu_seconds(void)
{
    struct timespec now;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

int main(int count, char **arguments)
{
    if (count != 3 || !read_pairs())
        return 1;
    struct network network = make_network(arguments[1], atoi(arguments[2]));
    const float first = train_epoch(&network);
    printf(
        "{\"peer\": \"KANN\", \"version\": \"%s\", \"how\": \"one network at a time, loss %g after "
        "an epoch\"}\n",
        KANN_VERSION, (double)first);
    fflush(stdout);
    getchar(); /* the end of the last pair's line */
    while (getchar() == '\n') {
        const double start = cpu_seconds();
        train_epoch(&network);
        printf("%.9g\n", (cpu_seconds() - start) * EPOCHS);
        fflush(stdout);
    }
    free(network.mean_square);
    kann_delete_unrolled(network.unrolled);
    kann_delete(network.rolled);
    return 0;
}
