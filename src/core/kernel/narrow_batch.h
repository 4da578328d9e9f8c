/* Narrow kernels over a whole batch: chunks, passes, and the sums over lanes at the end. */
#ifndef RS_NARROW_BATCH_H
#define RS_NARROW_BATCH_H

#include "narrow_cell.h"
#include "rnnsweep/network.h"
#include "scratch.h"

/* States and deltas of a chunk take about this much in logical vectors (so that half of it, the
 * pass of a two-part instruction set, fits a first-level cache of 32 KiB beside the weights). */
enum { CHUNK_BYTES = 49152, CHUNK_LEAST = 3 };

/* The first steps of the nodes cost as much as those of NODES samples, and looking them up about
 * half as much as making them. */
enum { SHARING_SAMPLES = 2 * NODES, NODE_VECTORS = NODES / RS_VECTOR_LANES };

typedef struct narrow_batch {
    narrow pass;
    uint8_t *node_code; /* [SHARED_STEPS][NODE_VECTORS][RS_LOGICAL_LANES] */
    vreal *node_state;  /* [SHARED_STEPS + 1][H][NODE_VECTORS] */
    vreal *node_output; /* [SHARED_STEPS][NODE_VECTORS] */
    vreal *all_sums;
    size_t sum_count;
    real *input, *b_apart, *w_rec_scaled; /* what the pass has */
#if RS_SEQUENCES
    real *w_in_scaled, *bias;
#endif
    real *first;   /* [G][H]: mean of delta[0] */
    real *carried; /* [CARRIED][H]: mean of narrow_sums.carried */
    int chunk;     /* logical vectors of a full chunk */
} narrow_batch;

RS_INLINE int logical_vectors(uint32_t samples)
{
    return (int)((samples + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES);
}

/* Chunks of nearly equal size. Depends on the shape alone, never on the instruction set. */
RS_INLINE int chunk_vectors(int states, int steps, int logical)
{
    const int64_t bytes = (int64_t)64 * states * ((CELL_CARRIED + CELL_COLUMNS) * steps + 1);
    int fitting = (int)(CHUNK_BYTES / bytes);
    int most = fitting > CHUNK_LEAST ? fitting : CHUNK_LEAST;
    int chunks = (logical + most - 1) / most;
    return (logical + chunks - 1) / chunks;
}

/* Whether the first steps are made for nodes and not for samples. It does not show in the bits.
 * Only for cells that keep nothing but their state: the nodes' states are all that is looked up. */
RS_INLINE bool shares_steps(uint32_t samples, uint32_t steps)
{
    return !RS_SEQUENCES && CELL_IN_PLACE && samples >= SHARING_SAMPLES && steps >= SHARED_STEPS;
}

static rs_product_rows narrow_product_rows(uint32_t samples, uint32_t steps)
{
    const uint64_t all = (uint64_t)samples * steps;
    const uint64_t saved = shares_steps(samples, steps) ? (samples - NODES) * SHARED_STEPS : 0;
    return (rs_product_rows){all - saved, all - samples + 1};
}

/* Where the sums of part p start; v_sum finds the parts of a sum side by side. *count, unless it is
 * NULL: the vectors of all parts. */
RS_INLINE narrow_sums narrow_sums_of(vreal *all, const rs_network *network, int part, size_t *count)
{
    const size_t H = network->states, I = network->inputs, O = network->outputs;
    const size_t J = CELL_GATES * H, past = CELL_DIRECT || CELL_CARRIED > 1 ? CELL_CARRIED * H : 0;
    const size_t sizes[] = {J, I * J, J, H * J, H * O, O, CELL_APART >= 0 ? H : 0, past};
    narrow_sums sums;
    vreal **const blocks[] = {&sums.first, &sums.w_in,  &sums.b,       &sums.w_rec,
                              &sums.w_out, &sums.b_out, &sums.b_apart, &sums.carried};
    size_t used = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; used += sizes[i++])
        *blocks[i] = all != NULL ? all + used * RS_PARTS + part : NULL;
    if (count != NULL)
        *count = used * RS_PARTS;
    return sums;
}

/* What the input of a pass is made of, for chunks of V vectors. */
#if RS_SEQUENCES
RS_INLINE void layout_inputs(narrow_batch *b, scratch *s, const rs_network *network, size_t V)
{
    const size_t J = (size_t)CELL_GATES * network->states;
    b->pass.inputs = network->inputs;
    b->pass.outputs = network->outputs;
    b->pass.head = network->head;
    b->w_in_scaled = scratch_take(s, network->inputs * J * sizeof(real));
    b->pass.w_in_scaled = b->w_in_scaled;
    b->bias = scratch_take(s, J * sizeof(real));
    b->pass.bias = b->bias;
    b->pass.prepared = scratch_take(s, J * V * sizeof(vreal));
    b->pass.counted = scratch_take(s, V * sizeof(vreal));
    b->pass.losses = scratch_take(s, V * sizeof(vreal));
}
#else
RS_INLINE void layout_inputs(narrow_batch *b, scratch *s, const rs_network *network, size_t V)
{
    (void)V;
    b->input = scratch_take(s, (size_t)4 * CELL_GATES * network->states * sizeof(real));
    b->pass.input = b->input;
}
#endif

static size_t narrow_layout(narrow_batch *b, void *memory, const rs_network *network,
                            uint32_t samples, uint32_t steps)
{
    scratch s = {.base = memory};
    const size_t H = network->states, T = steps, J = CELL_GATES * H;
    int logical = logical_vectors(samples);
    b->chunk = chunk_vectors((int)H, (int)steps, logical);
    size_t V = (size_t)b->chunk;
    b->pass.states = (ptrdiff_t)H;
    b->pass.steps = steps;
    b->pass.shared = shares_steps(samples, steps) ? SHARED_STEPS : 0;
    b->pass.leak = (real)network->leak;
    layout_inputs(b, &s, network, V);
    b->b_apart = scratch_take(&s, CELL_APART >= 0 ? H * sizeof(real) : 0);
    b->pass.b_apart = b->b_apart;
    b->pass.state = scratch_take(&s, (T + 1) * CELL_CARRIED * H * V * sizeof(vreal));
    b->pass.delta = scratch_take(&s, T * CELL_COLUMNS * H * V * sizeof(vreal));
    b->pass.flow = scratch_take(&s, CELL_CARRIED * H * V * sizeof(vreal));
    b->pass.output = scratch_take(&s, T * network->outputs * V * sizeof(vreal));
    b->pass.inside = scratch_take(&s, V * sizeof(vreal));
    b->pass.tally = scratch_take(&s, V * sizeof(tally));
    b->w_rec_scaled = scratch_take(&s, H * J * sizeof(real));
    b->pass.w_rec_scaled = b->w_rec_scaled;
    b->first = scratch_take(&s, J * sizeof(real));
    b->carried = scratch_take(&s, CELL_CARRIED * H * sizeof(real));
    narrow_sums_of(NULL, network, 0, &b->sum_count);
    b->all_sums = scratch_take(&s, b->sum_count * sizeof(vreal));
    b->node_state = scratch_take(&s, (SHARED_STEPS + 1) * H * NODES * sizeof(real));
    b->node_output = scratch_take(&s, SHARED_STEPS * NODES * sizeof(real));
    b->node_code = scratch_take(&s, SHARED_STEPS * NODE_VECTORS * RS_LOGICAL_LANES);
    return s.used;
}

/* Makes `call` with H and VECTORS, the most vectors of a tile. For the smallest networks H is known
 * when compiling, all loops over states unroll, and tiles are narrower because all states stay in
 * registers. */
#if RS_SEQUENCES || !defined(CELL_SMALL_WIDTHS) /* fewer instances to compile */
#define FOR_STATES(states, call)         \
    {                                    \
        enum { VECTORS = TILE_VECTORS }; \
        const ptrdiff_t H = (states);    \
        call;                            \
    }
#else
#define FOR_STATES(states, call)         \
    switch (states) {                    \
        FOR_STATES_CASE(1, call)         \
        FOR_STATES_CASE(2, call)         \
        FOR_STATES_CASE(3, call)         \
        FOR_STATES_CASE(4, call)         \
    default: {                           \
        enum { VECTORS = TILE_VECTORS }; \
        const ptrdiff_t H = (states);    \
        call;                            \
    }                                    \
    }
#define FOR_STATES_CASE(value, call)                        \
    case (value): {                                         \
        enum { H = (value), VECTORS = SMALL_TILE_VECTORS }; \
        call;                                               \
        break;                                              \
    }
#endif

#if !RS_SEQUENCES
static void nodes_pass(const narrow *nodes, const real *s0)
{
    const narrow n = *nodes;
    FOR_STATES(n.states, forward(&n, H, VECTORS, true, s0))
}

/* Takes the nodes through the first steps, as the samples of a pass, with the codes of a step where
 * codes_at looks for them. */
static void nodes_forward(narrow_batch *b, const real *s0)
{
    static const uint8_t code[SHARED_STEPS][NODES] = {
        {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3},
        {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}};
    for (int k = 0; k < SHARED_STEPS; k++)
        for (int v = 0; v < NODE_VECTORS; v++)
            memcpy(b->node_code + (k * NODE_VECTORS + v) * RS_LOGICAL_LANES,
                   code[k] + v * RS_VECTOR_LANES, RS_VECTOR_LANES);
    const narrow nodes = {.states = b->pass.states,
                          .steps = SHARED_STEPS,
                          .vectors = NODE_VECTORS,
                          .code = b->node_code,
                          .stride = NODE_VECTORS * RS_LOGICAL_LANES,
                          .input = b->pass.input,
                          .w_rec_scaled = b->pass.w_rec_scaled,
                          .w_out = b->pass.w_out,
                          .b_out = b->pass.b_out,
                          .leak = b->pass.leak,
                          .state = b->node_state,
                          .delta = b->pass.delta,
                          .output = b->node_output};
    nodes_pass(&nodes, s0);
    b->pass.node_state = (const real *)(b->node_state + b->pass.states * NODE_VECTORS);
    b->pass.node_output = (const real *)b->node_output;
}
#endif

/* The copies of W_in and the biases that the input works on. */
#if RS_SEQUENCES
static void prepare_weights(narrow_batch *b, const rs_network *network, const real *parameters,
                            const rs_minibatch *batch)
{
    const size_t H = network->states, J = CELL_GATES * H;
    const real *w_in = parameters + network->tensor[RS_W_IN].offset;
    for (size_t j = 0; j < J; j++) {
        const int gate = (int)(j / H);
        real bias = parameters[network->tensor[RS_B_IN].offset + j];
        if (gate != CELL_APART)
            bias += parameters[network->tensor[RS_B_REC].offset + j];
        b->bias[j] = cell_scale(gate) * bias;
        for (size_t i = 0; i < network->inputs; i++)
            b->w_in_scaled[i * J + j] = cell_scale(gate) * w_in[i * J + j];
    }
    b->pass.b_outs = parameters + network->tensor[RS_B_OUT].offset;
    b->pass.tolerance = (real)batch->sequences->tolerance;
}
#else
static void prepare_weights(narrow_batch *b, const rs_network *network, const real *parameters,
                            const rs_minibatch *batch)
{
    (void)batch;
    input_table(b->input, 4 * network->states, 4, 1, network, parameters);
}
#endif

static void narrow_prepare(narrow_batch *b, void *memory, const rs_network *network,
                           const real *parameters, const rs_minibatch *batch)
{
    narrow_layout(b, memory, network, batch->samples, batch->steps);
    const size_t H = network->states, J = CELL_GATES * H;
    prepare_weights(b, network, parameters, batch);
    for (size_t h = 0; CELL_APART >= 0 && h < H; h++)
        b->b_apart[h] = cell_scale(CELL_APART) *
                        parameters[network->tensor[RS_B_REC].offset + CELL_APART * H + h];
    b->pass.stride = (ptrdiff_t)batch->stride;
    b->pass.w_rec = parameters + network->tensor[RS_W_REC].offset;
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < J; j++)
            b->w_rec_scaled[i * J + j] = cell_scale((int)(j / H)) * b->pass.w_rec[i * J + j];
    b->pass.w_out = parameters + network->tensor[RS_W_OUT].offset;
    b->pass.b_out = parameters[network->tensor[RS_B_OUT].offset];
#if !RS_SEQUENCES
    if (b->pass.shared != 0)
        nodes_forward(b, parameters + network->tensor[RS_S0].offset);
#endif
}

/* What a pass reads of the batch, from sample `start` on. */
RS_INLINE void begin_samples(narrow *n, const rs_minibatch *batch, int start)
{
#if RS_SEQUENCES
    const rs_sequence_batch *sequences = batch->sequences;
    n->x = (const real *)sequences->input + start;
    n->target = (const real *)sequences->target + start;
    n->weight = (const real *)sequences->weight + start;
    n->length = (const real *)sequences->length + start;
    n->is_ragged = false;
    for (ptrdiff_t v = 0; v < n->vectors; v++) {
        for (int l = 0; l < RS_VECTOR_LANES; l++)
            n->is_ragged |= n->length[v * RS_LOGICAL_LANES + l] < (real)n->steps;
        n->counted[v] = v_set1(0);
        n->losses[v] = v_set1(0);
    }
#else
    n->code = batch->code + start;
#endif
}

/* Sets up pass `part` over the chunk that starts at logical vector `first`; false when no lane of
 * it holds a sample. *samples = those from the pass's first lane on. */
static bool narrow_begin(narrow_batch *b, const rs_minibatch *batch, int first, int part,
                         int *samples)
{
    narrow *n = &b->pass;
    int start = first * RS_LOGICAL_LANES + part * RS_VECTOR_LANES;
    int left = (int)batch->samples - start;
    if (left <= 0)
        return false;
    int holding = (left + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES;
    n->vectors = least(b->chunk, holding);
    begin_samples(n, batch, start);
    for (int v = 0; v < n->vectors; v++)
        n->inside[v] = lanes_below(left - v * RS_LOGICAL_LANES);
    tally_clear(n->tally, (int)n->vectors);
    *samples = left;
    return true;
}

RS_INLINE void gradient_pass(const narrow *n, const ptrdiff_t H, const ptrdiff_t VECTORS,
                             const real *s0, const narrow_sums *sums, bool with_loss)
{
    forward(n, H, VECTORS, true, s0);
    if (with_loss)
        tally_losses(n);
    outputs_to_errors(n, sums->b_out);
    backward(n, H, VECTORS);
    sum_w_rec(n, H, sums->w_rec);
    sum_rest(n, H, sums);
}

/* The passes work on copies: a store of a vector may alias anything whose address is known
 * elsewhere, and the fields would be read again after each. */
static void narrow_gradient_pass(const narrow *pass, const real *s0, const narrow_sums *pass_sums,
                                 bool with_loss)
{
    const narrow n = *pass;
    const narrow_sums sums = *pass_sums;
    FOR_STATES(n.states, gradient_pass(&n, H, VECTORS, s0, &sums, with_loss))
}

static void narrow_forward_pass(const narrow *pass, const real *s0)
{
    const narrow n = *pass;
    FOR_STATES(n.states, forward(&n, H, VECTORS, false, s0))
}

/* total + the losses of a pass's samples */
RS_INLINE vreal add_losses(const narrow *n, vreal total)
{
    for (ptrdiff_t v = 0; v < n->vectors; v++)
#if RS_SEQUENCES
        total = v_add(total, n->losses[v]);
#else
        total = v_add(total, tally_total_loss(&n->tally[v], n->inside[v]));
#endif
    return total;
}

/* What the sum of the losses is divided by. */
static double loss_divisor(const rs_network *network, const rs_minibatch *batch)
{
    if (network->head == RS_HEAD_BIT)
        return (double)batch->samples * batch->steps;
    const bool over_outputs = network->head != RS_HEAD_CLASSES;
    return batch->sequences->weight_sum * (over_outputs ? network->outputs : 1);
}

/* A batch without weight has loss and gradient 0. */
RS_INLINE double mean_of(double sum, double divisor)
{
    return divisor > 0 ? sum / divisor : 0;
}

static double narrow_loss(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch)
{
    narrow_batch b;
    vreal total[RS_PARTS];
    narrow_prepare(&b, memory, network, parameters, batch);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            narrow_forward_pass(&b.pass, (const real *)parameters + network->tensor[RS_S0].offset);
            tally_losses(&b.pass);
            total[part] = add_losses(&b.pass, total[part]);
        }
    return mean_of((double)v_sum(total), loss_divisor(network, batch));
}

/* gradient of a tensor = scaled sums over lanes */
static void fold(real *gradient, const vreal *sums, size_t count, real scale)
{
    for (size_t i = 0; i < count; i++)
        gradient[i] = v_sum(sums + i * RS_PARTS) * scale;
}

/* The first step, whose state s_0 all samples have in common, from the sum of their deltas:
 * W_rec D of dloss/ds_0, and s_0 D of the gradient of W_rec; and what flows past the activations
 * into s_0 and c_0. first: what is carried into the first step; g_first: its gradient. */
static void add_first_step(const narrow_batch *b, const real *first, real *g_first, real *g_w_rec)
{
    const size_t H = (size_t)b->pass.states, J = CELL_GATES * H;
    for (size_t i = 0; i < CELL_CARRIED * H; i++) {
        real flow = CELL_DIRECT || i >= H ? b->carried[i] : 0;
        for (size_t j = 0; i < H && j < J; j++) {
            flow += b->pass.w_rec[i * J + j] * b->first[j];
            g_w_rec[i * J + j] += first[i] * b->first[j];
        }
        g_first[i] = flow;
    }
}

/* The parameters' gradients from the sums of all passes, scaled. */
static void narrow_fold(const narrow_batch *b, const rs_network *network, const real *parameters,
                        real *gradient, real scale)
{
    const size_t H = network->states, J = CELL_GATES * H;
    const rs_tensor_layout *tensor = network->tensor;
    const narrow_sums sums = narrow_sums_of(b->all_sums, network, 0, NULL);
    fold(gradient + tensor[RS_W_IN].offset, sums.w_in, tensor[RS_W_IN].count, scale);
    fold(gradient + tensor[RS_B_IN].offset, sums.b, J, scale);
    fold(gradient + tensor[RS_W_REC].offset, sums.w_rec, H * J, scale);
    fold(gradient + tensor[RS_B_REC].offset, sums.b, J, scale);
    if (CELL_APART >= 0)
        fold(gradient + tensor[RS_B_REC].offset + CELL_APART * H, sums.b_apart, H, scale);
    fold(gradient + tensor[RS_W_OUT].offset, sums.w_out, tensor[RS_W_OUT].count, scale);
    fold(gradient + tensor[RS_B_OUT].offset, sums.b_out, tensor[RS_B_OUT].count, scale);
    fold(b->first, sums.first, J, scale);
    if (CELL_DIRECT || CELL_CARRIED > 1)
        fold(b->carried, sums.carried, CELL_CARRIED * H, scale);
    add_first_step(b, parameters + tensor[RS_S0].offset, gradient + tensor[RS_S0].offset,
                   gradient + tensor[RS_W_REC].offset);
}

static void narrow_gradient(void *memory, const rs_network *network, const void *parameters,
                            const rs_minibatch *batch, void *gradient, double *loss)
{
    narrow_batch b;
    vreal total[RS_PARTS];
    narrow_prepare(&b, memory, network, parameters, batch);
    for (size_t i = 0; i < b.sum_count; i++)
        b.all_sums[i] = v_set1(0);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            narrow_sums sums = narrow_sums_of(b.all_sums, network, part, NULL);
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            narrow_gradient_pass(&b.pass, (const real *)parameters + network->tensor[RS_S0].offset,
                                 &sums, loss != NULL);
            if (loss != NULL)
                total[part] = add_losses(&b.pass, total[part]);
        }
    if (loss != NULL)
        *loss = mean_of((double)v_sum(total), loss_divisor(network, batch));
    narrow_fold(&b, network, parameters, gradient, (real)mean_of(1, loss_divisor(network, batch)));
}

/* Adds what a pass with `samples` from its first lane on got right. */
#if RS_SEQUENCES
static void score_pass(const narrow *n, int samples, rs_score *score)
{
    for (int v = 0; v < n->vectors; v++) {
        _Alignas(64) real wrong[RS_VECTOR_LANES], counted[RS_VECTOR_LANES];
        v_store(wrong, n->tally[v].wrong);
        v_store(counted, n->counted[v]);
        for (int l = 0; l < RS_VECTOR_LANES && l < samples - v * RS_LOGICAL_LANES; l++) {
            score->counted += (uint64_t)counted[l];
            score->bits += (uint64_t)(counted[l] - wrong[l]);
            score->sums += wrong[l] == 0;
        }
    }
}
#else
static void score_pass(const narrow *n, int samples, rs_score *score)
{
    for (int v = 0; v < n->vectors; v++)
        tally_score(&n->tally[v], samples - v * RS_LOGICAL_LANES, (int)n->steps, score);
}
#endif

static void narrow_evaluate(void *memory, const rs_network *network, const void *parameters,
                            const rs_minibatch *batch, rs_score *score)
{
    narrow_batch b;
#if RS_SEQUENCES
    vreal total[RS_PARTS];
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
#endif
    narrow_prepare(&b, memory, network, parameters, batch);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            narrow_forward_pass(&b.pass, (const real *)parameters + network->tensor[RS_S0].offset);
            tally_wrongs(&b.pass);
            score_pass(&b.pass, samples, score);
#if RS_SEQUENCES
            tally_losses(&b.pass);
            total[part] = add_losses(&b.pass, total[part]);
#endif
        }
#if RS_SEQUENCES
    score->loss +=
        (double)v_sum(total) * mean_of(batch->sequences->weight_sum, loss_divisor(network, batch));
    score->weight += batch->sequences->weight_sum;
#endif
}

static void narrow_logits(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    narrow_batch b;
    narrow_prepare(&b, memory, network, parameters, batch);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++)
            if (narrow_begin(&b, batch, first, part, &samples)) {
                real *out = (real *)logit + first * RS_LOGICAL_LANES + part * RS_VECTOR_LANES;
                narrow_forward_pass(&b.pass,
                                    (const real *)parameters + network->tensor[RS_S0].offset);
                for (ptrdiff_t k = 0; k < b.pass.steps * (ptrdiff_t)network->outputs; k++)
                    for (ptrdiff_t v = 0; v < b.pass.vectors; v++)
                        v_store(out + (size_t)k * logit_stride + v * RS_LOGICAL_LANES,
                                b.pass.output[k * b.pass.vectors + v]);
            }
}

#endif
