/* Narrow kernels over a whole batch: chunks, passes, and the sums over lanes at the end. */
#ifndef RS_NARROW_BATCH_H
#define RS_NARROW_BATCH_H

#include "input_table.h"
#include "narrow_head.h"
#include "narrow_pass.h"
#include "rnnsweep/network.h"
#include "scratch.h"

/* States and deltas of a chunk take about this much in logical vectors (so that half of it, the
 * pass of a two-part instruction set, fits a first-level cache of 32 KiB beside the weights). */
enum { CHUNK_BYTES = 49152, CHUNK_LEAST = 3 };

/* The first steps of the nodes cost as much as those of NODES samples, and looking them up about
 * half as much as making them. */
enum { SHARING_SAMPLES = 2 * NODES, NODE_VECTORS = NODES / RS_VECTOR_LANES };

/* Steps whose outputs stand side by side where no states are kept: what such a pass needs does not
 * grow with the steps. An even number, after which the slots of states have the places that they
 * began with; more than the addition task has steps, so that its passes are one block. */
enum { SLOTS = 2, BLOCK_STEPS = 128 };

typedef struct narrow_batch {
    narrow pass;
    narrow_passes passes;
    uint8_t *node_code; /* [SHARED_STEPS][NODE_VECTORS][RS_LOGICAL_LANES] */
    vreal *node_state;  /* [SHARED_STEPS + 1][CARRIED][H][NODE_VECTORS] */
    vreal *node_kept;   /* [SHARED_STEPS][COLUMNS][H][NODE_VECTORS] */
    vreal *node_output; /* [SHARED_STEPS][NODE_VECTORS] */
    vreal *all_sums;
    size_t sum_count;
    real *symbol_sums; /* [RS_LOGICAL_LANES][I + 1][symbol_row] */
    real *start, *apart_input, *w_in_scaled, *bias, *apart_bias, *w_rec_scaled; /* of the pass */
    real *first;   /* [G][H]: mean of delta[0] */
    real *carried; /* [CARRIED][H]: mean of narrow_sums.carried */
    int chunk;     /* logical vectors of a full chunk */
} narrow_batch;

RS_INLINE int logical_vectors(uint32_t samples)
{
    return (int)((samples + RS_LOGICAL_LANES - 1) / RS_LOGICAL_LANES);
}

/* Chunks of nearly equal size. Depends on the shape alone, never on the instruction set. */
RS_INLINE int chunk_vectors(const cell_shape z, int steps, int logical)
{
    const int64_t bytes = (int64_t)64 * z.states * ((z.carried + z.columns) * steps + 1);
    int fitting = (int)(CHUNK_BYTES / bytes);
    int most = fitting > CHUNK_LEAST ? fitting : CHUNK_LEAST;
    int chunks = (logical + most - 1) / most;
    return (logical + chunks - 1) / chunks;
}

/* Whether the first steps are made for nodes and not for samples. It does not show in the bits. */
RS_INLINE bool shares_steps(const rs_network *network, uint32_t samples, uint32_t steps)
{
    return network->head == RS_HEAD_BIT && samples >= SHARING_SAMPLES && steps >= SHARED_STEPS;
}

static rs_product_rows narrow_product_rows(const rs_network *network, uint32_t samples,
                                           uint32_t steps)
{
    const uint64_t all = (uint64_t)samples * steps;
    const bool shares = shares_steps(network, samples, steps);
    const uint64_t saved = shares ? (samples - NODES) * SHARED_STEPS : 0;
    return (rs_product_rows){all - saved, all - samples + 1};
}

/* Numbers of a network as sizes. */
RS_INLINE cell_shape network_shape(const rs_network *network)
{
    cell_shape z = cell_kernel(network)->shape;
    z.states = network->states;
    return z;
}

/* Where the sums of part p start; v_sum finds the parts of a sum side by side. *count, unless it is
 * NULL: the vectors of all parts. */
RS_INLINE narrow_sums narrow_sums_of(vreal *all, const rs_network *network, int part, size_t *count)
{
    const cell_shape z = network_shape(network);
    const size_t H = network->states, I = network->inputs, O = network->outputs;
    const size_t J = network->gates * H;
    const size_t past = z.direct || z.carried > 1 ? (size_t)z.carried * H : 0;
    const size_t sizes[] = {J, I * J, (size_t)z.deltas * H, H * J, H * O, O, past};
    narrow_sums sums;
    vreal **const blocks[] = {&sums.first, &sums.w_in,  &sums.b,      &sums.w_rec,
                              &sums.w_out, &sums.b_out, &sums.carried};
    size_t used = 0;
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; used += sizes[i++])
        *blocks[i] = all != NULL ? all + used * RS_PARTS + part : NULL;
    if (count != NULL)
        *count = used * RS_PARTS;
    return sums;
}

/* What the inputs of a pass are made of, and its outputs, for chunks of V vectors. */
static void layout_codes(narrow_batch *b, scratch *s)
{
    const cell_shape z = b->pass.shape;
    const size_t H = (size_t)z.states, J = (size_t)z.gates * H;
    b->pass.start = b->start = scratch_take(s, 4 * J * sizeof(real));
    b->pass.apart_input = b->apart_input = scratch_take(s, z.apart >= 0 ? 4 * H * sizeof(real) : 0);
    b->node_state =
        scratch_take(s, (SHARED_STEPS + 1) * (size_t)z.carried * H * NODES * sizeof(real));
    b->node_kept = scratch_take(s, SHARED_STEPS * (size_t)z.columns * H * NODES * sizeof(real));
    b->node_output = scratch_take(s, SHARED_STEPS * NODES * sizeof(real));
    b->node_code = scratch_take(s, SHARED_STEPS * NODE_VECTORS * RS_LOGICAL_LANES);
}

static void layout_sequences(narrow_batch *b, scratch *s, size_t V, bool keeps_states)
{
    const cell_shape z = b->pass.shape;
    const size_t H = (size_t)z.states, J = (size_t)z.gates * H;
    const size_t rows = (size_t)(b->pass.inputs + 1) * (size_t)symbol_row(z);
    const bool sums_symbols = keeps_states && b->pass.inputs >= LOOK_UP_LEAST;
    b->pass.w_in_scaled = b->w_in_scaled = scratch_take(s, rows * sizeof(real));
    b->symbol_sums = scratch_take(s, sums_symbols ? RS_LOGICAL_LANES * rows * sizeof(real) : 0);
    b->pass.bias = b->bias = scratch_take(s, J * sizeof(real));
    b->pass.apart_bias = b->apart_bias = scratch_take(s, z.apart >= 0 ? H * sizeof(real) : 0);
    b->pass.counted = scratch_take(s, V * sizeof(vreal));
    b->pass.losses = scratch_take(s, V * sizeof(vreal));
    b->pass.last = scratch_take(s, V * sizeof(vreal));
}

/* keeps_states: for a gradient, else for all other calls. */
static size_t narrow_layout(narrow_batch *b, void *memory, const rs_network *network,
                            uint32_t samples, uint32_t steps, bool keeps_states)
{
    scratch s = {.base = memory};
    const cell_shape z = network_shape(network);
    const size_t H = network->states, J = network->gates * H;
    const size_t kept = keeps_states ? steps : 1;
    const size_t given = keeps_states || steps < BLOCK_STEPS ? steps : BLOCK_STEPS;
    b->chunk = chunk_vectors(z, (int)steps, logical_vectors(samples));
    const size_t V = (size_t)b->chunk;
    b->pass = (narrow){.cell = cell_kernel(network),
                       .shape = z,
                       .steps = steps,
                       .shared = shares_steps(network, samples, steps) ? SHARED_STEPS : 0,
                       .inputs = network->inputs,
                       .outputs = network->outputs,
                       .head = network->head,
                       .leak = (real)network->leak};
    if (network->head == RS_HEAD_BIT)
        layout_codes(b, &s);
    else
        layout_sequences(b, &s, V, keeps_states);
    b->pass.state = scratch_take(&s, (kept + 1) * (size_t)z.carried * H * V * sizeof(vreal));
    b->pass.delta = scratch_take(&s, kept * (size_t)z.columns * H * V * sizeof(vreal));
    b->pass.flow = scratch_take(&s, (size_t)z.carried * H * V * sizeof(vreal));
    b->pass.output = scratch_take(&s, given * network->outputs * V * sizeof(vreal));
    b->pass.inside = scratch_take(&s, V * sizeof(vreal));
    b->pass.tally = scratch_take(&s, V * sizeof(tally));
    b->pass.w_rec_scaled = b->w_rec_scaled = scratch_take(&s, H * J * sizeof(real));
    b->first = scratch_take(&s, J * sizeof(real));
    b->carried = scratch_take(&s, (size_t)z.carried * H * sizeof(real));
    narrow_sums_of(NULL, network, 0, &b->sum_count);
    b->all_sums = scratch_take(&s, b->sum_count * sizeof(vreal));
    return s.used;
}

/* ---- Passes of any shape -----------------------------------------------------------------------
 */

static void any_forward(const narrow *pass, const real *first, bool keep_states)
{
    const narrow n = *pass;
    if (n.code != NULL)
        forward(&n, n.shape, TILE_VECTORS, true, keep_states, first);
    else
        forward(&n, n.shape, TILE_VECTORS, false, keep_states, first);
}

static void any_backward(const narrow *pass, const narrow_sums *pass_sums)
{
    const narrow n = *pass;
    const narrow_sums sums = *pass_sums;
    if (n.code != NULL)
        backward(&n, n.shape, TILE_VECTORS, true, &sums);
    else
        backward(&n, n.shape, TILE_VECTORS, false, &sums);
}

static narrow_passes passes_of(const rs_network *network)
{
    const rs_cell_kernel *cell = cell_kernel(network);
    narrow_passes passes = cell->many_sequences;
    if (network->head == RS_HEAD_BIT)
        passes = network->states <= FEW_STATES_MOST ? cell->few[network->states - 1] : cell->many;
    return passes.forward != NULL ? passes : (narrow_passes){any_forward, any_backward};
}

/* ---- Before a call -----------------------------------------------------------------------------
 */

/* Takes the nodes through the first steps, as the samples of a pass, with the codes of a step where
 * codes_at looks for them. */
static void nodes_forward(narrow_batch *b, const real *first)
{
    static const uint8_t code[SHARED_STEPS][NODES] = {
        {0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3},
        {0, 0, 0, 0, 1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3}};
    for (int k = 0; k < SHARED_STEPS; k++)
        for (int v = 0; v < NODE_VECTORS; v++)
            memcpy(b->node_code + (k * NODE_VECTORS + v) * RS_LOGICAL_LANES,
                   code[k] + v * RS_VECTOR_LANES, RS_VECTOR_LANES);
    narrow nodes = b->pass;
    nodes.steps = SHARED_STEPS;
    nodes.shared = 0;
    nodes.vectors = NODE_VECTORS;
    nodes.code = b->node_code;
    nodes.stride = NODE_VECTORS * RS_LOGICAL_LANES;
    nodes.state = b->node_state;
    nodes.delta = b->node_kept;
    nodes.output = b->node_output;
    b->passes.forward(&nodes, first, true);
    b->pass.node_state =
        (const real *)(b->node_state + nodes.shape.carried * nodes.shape.states * NODE_VECTORS);
    b->pass.node_kept = (const real *)b->node_kept;
    b->pass.node_output = (const real *)b->node_output;
}

/* The copies of W_in and the biases that sequences of any kind work on. */
static void prepare_sequences(narrow_batch *b, const rs_network *network, const real *parameters,
                              const rs_minibatch *batch)
{
    const cell_shape z = b->pass.shape;
    const size_t H = network->states, J = network->gates * H;
    const bool by_symbol = batch->sequences->symbol != NULL;
    const size_t row = by_symbol ? (size_t)symbol_row(z) : J;
    const real *w_in = parameters + network->tensor[RS_W_IN].offset;
    const real *b_in = parameters + network->tensor[RS_B_IN].offset;
    const real *b_rec = parameters + network->tensor[RS_B_REC].offset;
    for (size_t j = 0; j < J; j++) {
        const int gate = (int)(j / H);
        const real scale = b->pass.cell->scale(gate);
        b->bias[j] = scale * (gate != z.apart ? b_in[j] + b_rec[j] : b_in[j]);
        if (gate == z.apart)
            b->apart_bias[j % H] = scale * b_rec[j];
        for (size_t i = 0; i < network->inputs; i++)
            b->w_in_scaled[i * row + j] =
                by_symbol ? b->bias[j] + scale * w_in[i * J + j] : scale * w_in[i * J + j];
        if (by_symbol)
            b->w_in_scaled[network->inputs * row + j] = b->bias[j];
    }
    b->pass.tolerance = (real)batch->sequences->tolerance;
    b->pass.by_sign = batch->sequences->by_sign;
}

static void narrow_prepare(narrow_batch *b, void *memory, const rs_network *network,
                           const real *parameters, const rs_minibatch *batch, bool keeps_states)
{
    narrow_layout(b, memory, network, batch->samples, batch->steps, keeps_states);
    const size_t H = network->states, J = network->gates * H;
    b->passes = passes_of(network);
    if (network->head == RS_HEAD_BIT)
        input_table(b->start, b->apart_input, (input_places){4 * H, 4, 1, 1}, network, parameters);
    else
        prepare_sequences(b, network, parameters, batch);
    b->pass.stride = (ptrdiff_t)batch->stride;
    b->pass.w_rec = parameters + network->tensor[RS_W_REC].offset;
    for (size_t j = 0; j < J; j++) {
        const real scale = b->pass.cell->scale((int)(j / H));
        for (size_t i = 0; i < H; i++)
            b->w_rec_scaled[i * J + j] = scale * b->pass.w_rec[i * J + j];
    }
    b->pass.w_out = parameters + network->tensor[RS_W_OUT].offset;
    b->pass.b_out = parameters + network->tensor[RS_B_OUT].offset;
    if (b->pass.shared != 0)
        nodes_forward(b, parameters + network->tensor[RS_S0].offset);
}

/* What a pass reads of the batch, from sample `start` on. */
static void begin_samples(narrow *n, const rs_minibatch *batch, int start)
{
    const rs_sequence_batch *sequences = batch->sequences;
    if (n->head == RS_HEAD_BIT) {
        n->code = batch->code + start;
        return;
    }
    n->x = sequences->input != NULL ? (const real *)sequences->input + start : NULL;
    n->symbol = sequences->symbol != NULL ? sequences->symbol + start : NULL;
    n->target = (const real *)sequences->target + start;
    n->weight = (const real *)sequences->weight + start;
    n->length = (const real *)sequences->length + start;
    n->is_ragged = false;
    for (ptrdiff_t v = 0; v < n->vectors; v++) {
        for (int l = 0; l < RS_VECTOR_LANES; l++)
            n->is_ragged |= n->length[v * RS_LOGICAL_LANES + l] < (real)n->steps;
        n->counted[v] = v_set1(0);
        n->losses[v] = n->last[v] = v_set1(0);
    }
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

/* Of a pass that was set up and keeps no states, nothing yet. */
RS_INLINE narrow no_steps(const narrow_batch *b)
{
    narrow n = b->pass;
    n.steps = 0;
    return n;
}

/* The `most` steps after those of *n, an even number, or what is left of them; false: none is.
 * first: what is carried into the very first. */
static bool next_steps(const narrow_batch *b, narrow *n, ptrdiff_t most, const real *first)
{
    const ptrdiff_t past = n->steps, left = b->pass.steps - n->before - past;
    if (left == 0)
        return false;
    n->before += past;
    n->steps = left < most ? left : most;
    n->shared = past > 0 ? 0 : n->shared;
    if (n->code != NULL)
        n->code += past * n->stride;
    else {
        if (n->symbol != NULL)
            n->symbol += past * n->stride;
        else
            n->x += past * n->inputs * n->stride;
        n->target += past * target_rows(n) * n->stride;
        n->weight += past * n->stride;
    }
    b->passes.forward(n, past > 0 ? NULL : first, false);
    return true;
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

/* What is carried into the first step, [CARRIED][H]. */
RS_INLINE const real *first_states(const rs_network *network, const void *parameters)
{
    return (const real *)parameters + network->tensor[RS_S0].offset;
}

static double narrow_loss(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch)
{
    narrow_batch b;
    vreal total[RS_PARTS];
    narrow_prepare(&b, memory, network, parameters, batch, false);
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            narrow n = no_steps(&b);
            while (next_steps(&b, &n, BLOCK_STEPS, first_states(network, parameters)))
                tally_losses(&n);
            total[part] = add_losses(&n, total[part]);
        }
    return mean_of((double)v_sum(total), loss_divisor(network, batch));
}

/* Of one lane. */
RS_INLINE size_t symbol_sum_count(const narrow_batch *b)
{
    return (size_t)(b->pass.inputs + 1) * (size_t)symbol_row(b->pass.shape);
}

/* Those of the lanes of a part. */
RS_INLINE real *symbol_sums_of(const narrow_batch *b, int part)
{
    return b->symbol_sums + (size_t)(part * RS_VECTOR_LANES) * symbol_sum_count(b);
}

/* The sums by symbol as those of W_in. */
static void take_symbol_sums(const narrow_batch *b, const rs_network *network)
{
    const size_t J = network->gates * network->states, row = (size_t)symbol_row(b->pass.shape);
    const size_t apart = symbol_sum_count(b);
    real *sum = (real *)narrow_sums_of(b->all_sums, network, 0, NULL).w_in;
    for (size_t i = 0; i < network->inputs; i++)
        for (size_t j = 0; j < J; j++, sum += RS_LOGICAL_LANES)
            for (size_t l = 0; l < RS_LOGICAL_LANES; l++)
                sum[l] = b->symbol_sums[l * apart + i * row + j];
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
    const cell_shape z = b->pass.shape;
    const size_t H = (size_t)z.states, J = (size_t)z.gates * H;
    for (size_t i = 0; i < (size_t)z.carried * H; i++) {
        real flow = z.direct || i >= H ? b->carried[i] : 0;
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
    const cell_shape z = b->pass.shape;
    const size_t H = network->states, J = network->gates * H;
    const rs_tensor_layout *tensor = network->tensor;
    const narrow_sums sums = narrow_sums_of(b->all_sums, network, 0, NULL);
    fold(gradient + tensor[RS_W_IN].offset, sums.w_in, tensor[RS_W_IN].count, scale);
    fold(gradient + tensor[RS_B_REC].offset, sums.b, J, scale);
    for (size_t g = 0; g < network->gates; g++)
        fold(gradient + tensor[RS_B_IN].offset + g * H,
             sums.b + (size_t)input_column(z, (ptrdiff_t)g) * H * RS_PARTS, H, scale);
    fold(gradient + tensor[RS_W_REC].offset, sums.w_rec, H * J, scale);
    fold(gradient + tensor[RS_W_OUT].offset, sums.w_out, tensor[RS_W_OUT].count, scale);
    fold(gradient + tensor[RS_B_OUT].offset, sums.b_out, tensor[RS_B_OUT].count, scale);
    fold(b->first, sums.first, J, scale);
    if (z.direct || z.carried > 1)
        fold(b->carried, sums.carried, (size_t)z.carried * H, scale);
    add_first_step(b, parameters + tensor[RS_S0].offset, gradient + tensor[RS_S0].offset,
                   gradient + tensor[RS_W_REC].offset);
}

static void narrow_gradient(void *memory, const rs_network *network, const void *parameters,
                            const rs_minibatch *batch, void *gradient, double *loss)
{
    narrow_batch b;
    vreal total[RS_PARTS];
    narrow_prepare(&b, memory, network, parameters, batch, true);
    for (size_t i = 0; i < b.sum_count; i++)
        b.all_sums[i] = v_set1(0);
    if (batch->sequences != NULL && batch->sequences->symbol != NULL)
        memset(b.symbol_sums, 0, symbol_sum_count(&b) * RS_LOGICAL_LANES * sizeof(real));
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            narrow_sums sums = narrow_sums_of(b.all_sums, network, part, NULL);
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            b.passes.forward(&b.pass, first_states(network, parameters), true);
            if (loss != NULL) {
                tally_losses(&b.pass);
                total[part] = add_losses(&b.pass, total[part]);
            }
            outputs_to_errors(&b.pass, sums.b_out);
            if (has_symbols(&b.pass))
                b.pass.symbol_sums = symbol_sums_of(&b, part);
            b.passes.backward(&b.pass, &sums);
        }
    if (has_symbols(&b.pass))
        take_symbol_sums(&b, network);
    if (loss != NULL)
        *loss = mean_of((double)v_sum(total), loss_divisor(network, batch));
    narrow_fold(&b, network, parameters, gradient, (real)mean_of(1, loss_divisor(network, batch)));
}

static void narrow_evaluate(void *memory, const rs_network *network, const void *parameters,
                            const rs_minibatch *batch, rs_score *score)
{
    narrow_batch b;
    const bool with_loss = network->head != RS_HEAD_BIT;
    vreal total[RS_PARTS];
    for (int part = 0; part < RS_PARTS; part++)
        total[part] = v_set1(0);
    narrow_prepare(&b, memory, network, parameters, batch, false);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++) {
            if (!narrow_begin(&b, batch, first, part, &samples))
                continue;
            narrow n = no_steps(&b);
            while (next_steps(&b, &n, BLOCK_STEPS, first_states(network, parameters))) {
                tally_wrongs(&n);
                if (with_loss)
                    tally_losses(&n);
            }
            score_pass(&b.pass, samples, score);
            if (with_loss)
                total[part] = add_losses(&n, total[part]);
        }
    if (!with_loss)
        return;
    const double weight = batch->sequences->weight_sum;
    score->loss += (double)v_sum(total) * mean_of(weight, loss_divisor(network, batch));
    score->weight += weight;
}

/* `rows` numbers of each vector as rows of `to` from row `first` on. */
static void store_rows(const narrow *n, const vreal *from, ptrdiff_t first, ptrdiff_t rows,
                       real *to, size_t stride)
{
    for (ptrdiff_t i = 0; i < rows; i++)
        for (ptrdiff_t v = 0; v < n->vectors; v++)
            v_store(to + (size_t)(first + i) * stride + v * RS_LOGICAL_LANES,
                    from[i * n->vectors + v]);
}

static void narrow_logits(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch, void *logit, size_t logit_stride)
{
    narrow_batch b;
    narrow_prepare(&b, memory, network, parameters, batch, false);
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++)
            if (narrow_begin(&b, batch, first, part, &samples)) {
                real *out = (real *)logit + first * RS_LOGICAL_LANES + part * RS_VECTOR_LANES;
                narrow n = no_steps(&b);
                while (next_steps(&b, &n, BLOCK_STEPS, first_states(network, parameters)))
                    store_rows(&n, n.output, n.before * n.outputs, n.steps * n.outputs, out,
                               logit_stride);
            }
}

static void narrow_states(void *memory, const rs_network *network, const void *parameters,
                          const rs_minibatch *batch, void *state, size_t stride)
{
    narrow_batch b;
    narrow_prepare(&b, memory, network, parameters, batch, false);
    b.pass.shared = 0; /* so that there is a state after each step */
    for (int first = 0, samples; first < logical_vectors(batch->samples); first += b.chunk)
        for (int part = 0; part < RS_PARTS; part++)
            if (narrow_begin(&b, batch, first, part, &samples)) {
                const ptrdiff_t rows = b.pass.shape.carried * b.pass.shape.states;
                real *to = (real *)state + first * RS_LOGICAL_LANES + part * RS_VECTOR_LANES;
                narrow n = no_steps(&b);
                while (next_steps(&b, &n, SLOTS, first_states(network, parameters)))
                    for (ptrdiff_t k = 0; k < n.steps; k++) /* from the slot after that of step k */
                        store_rows(&n, n.state + (1 - k) * rows * n.vectors, (n.before + k) * rows,
                                   rows, to, stride);
            }
}

#endif
