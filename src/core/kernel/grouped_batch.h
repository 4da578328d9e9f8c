/* Kernels for small batches: the lanes of a vector are runs. Lane l is network l of a group, with
 * parameters and sequences of its own; vector v is sample v of every run's minibatch.
 *
 * The text is that of narrow_*.h: what is a sample there is a run here, and a weight, which is one
 * number there, is a logical vector (weight_at). Sums over steps and samples then are a run's
 * gradient as they stand, and no lane ever meets another: a run has the same bits in every lane,
 * beside any other runs. A run whose sequences are shorter than the group's steps holds states of 0
 * past its end, where nothing counts; that adds zeros to its sums. Zeros of sums get one sign at
 * last, as the number of such steps could show in it.
 *
 * The addition task is taken as sequences of real inputs with one logistic output. */
#ifndef RS_GROUPED_BATCH_H
#define RS_GROUPED_BATCH_H

#include "group_kernel.h"
#include "grouped_pass.h"
#include "narrow_sequences.h"
#include "scratch.h"

/* Passes of few states are worked on together, and each has memory of its own; those of many states
 * take turns in one. */
typedef struct grouped {
    narrow pass[RS_PARTS];
    ptrdiff_t together;
    real *x;     /* addition: made of the codes */
    real *first; /* [together][CARRIED][H] machine vectors: what is carried into the first step */
    vreal *b;    /* [DELTAS][H][RS_PARTS]: sums of the deltas */
    const rs_group_batch *batch;
} grouped;

/* Copies of a pass's weights, each a machine vector: together they are as large as the logical
 * vectors' part that the pass needs. Where that part is all, the parameters themselves serve but
 * for those that take the factors of the cell's functions. */
enum { COPIES = RS_PARTS > 1 };

static void place_pass(scratch *s, narrow *n, const rs_network *network)
{
    enum { PART = sizeof(vreal) };
    const cell_shape z = n->shape;
    const size_t H = network->states, T = (size_t)n->steps, J = network->gates * H;
    const size_t B = (size_t)n->vectors, O = network->outputs;
    n->w_in_scaled = scratch_take(s, network->inputs * J * PART);
    n->bias = scratch_take(s, J * PART);
    n->apart_bias = scratch_take(s, z.apart >= 0 ? H * PART : 0);
    n->w_rec_scaled = scratch_take(s, H * J * PART);
    n->w_rec = scratch_take(s, COPIES ? H * J * PART : 0);
    n->w_out = scratch_take(s, COPIES ? H * O * PART : 0);
    n->b_out = scratch_take(s, COPIES ? O * PART : 0);
    n->losses = scratch_take(s, B * PART);
    n->counted = scratch_take(s, B * PART);
    n->tally = scratch_take(s, B * sizeof(tally));
    n->state = scratch_take(s, (T + 1) * (size_t)z.carried * H * B * PART);
    n->delta = scratch_take(s, T * (size_t)z.columns * H * B * PART);
    n->flow = scratch_take(s, (size_t)z.carried * H * B * PART);
    n->output = scratch_take(s, T * O * B * PART);
}

static size_t grouped_layout(grouped *g, void *memory, const rs_network *network, uint32_t samples,
                             uint32_t steps)
{
    enum { VECTOR = RS_LOGICAL_LANES * sizeof(real) };
    scratch s = {.base = memory};
    cell_shape z = cell_kernel(network)->shape;
    z.states = network->states;
    const size_t H = network->states, B = samples;
    const size_t codes = network->head == RS_HEAD_BIT ? steps * B * VECTOR : 0;
    const narrow pass = {.cell = cell_kernel(network),
                         .shape = z,
                         .steps = steps,
                         .vectors = samples,
                         .stride = (ptrdiff_t)B * RS_LOGICAL_LANES,
                         .inputs = network->inputs,
                         .outputs = network->outputs,
                         .head = network->head == RS_HEAD_BIT ? RS_HEAD_BITS : network->head,
                         .leak = (real)network->leak};
    g->together = H <= FEW_STATES_MOST ? RS_PARTS : 1;
    g->x = scratch_take(&s, network->inputs * codes);
    g->first = scratch_take(&s, (size_t)(g->together * z.carried) * H * sizeof(vreal));
    g->b = scratch_take(&s, (size_t)z.deltas * H * VECTOR);
    for (ptrdiff_t p = 0; p < RS_PARTS; p++) {
        g->pass[p] = p < g->together ? pass : g->pass[0];
        if (p < g->together)
            place_pass(&s, &g->pass[p], network);
    }
    return s.used;
}

/* ---- Before a call -----------------------------------------------------------------------------
 */

/* The inputs in the addition task's bytes. */
static void expand_codes(grouped *g, const rs_group_batch *batch)
{
    const ptrdiff_t stride = g->pass[0].stride;
    for (ptrdiff_t k = 0; k < g->pass[0].steps; k++)
        for (ptrdiff_t i = 0; i < stride; i += RS_VECTOR_LANES) {
            const input_bits x = input_bits_of(v_codes(batch->code + k * stride + i));
            v_store(g->x + 2 * k * stride + i, x.x0);
            v_store(g->x + (2 * k + 1) * stride + i, x.x1);
        }
}

static void grouped_prepare(grouped *g, void *memory, const rs_network *network,
                            const rs_group_batch *batch)
{
    grouped_layout(g, memory, network, batch->samples, batch->steps);
    g->batch = batch;
    if (network->head == RS_HEAD_BIT) {
        expand_codes(g, batch);
        return;
    }
    const real *length = batch->length;
    bool is_ragged = false;
    g->x = (real *)batch->input;
    for (ptrdiff_t i = 0; i < g->pass[0].stride; i++)
        is_ragged |= length[i] < (real)batch->steps;
    for (int p = 0; p < RS_PARTS; p++) {
        g->pass[p].tolerance = (real)batch->tolerance;
        g->pass[p].is_ragged = is_ragged;
    }
}

/* `count` weights of a part, side by side, times a factor; b: NULL, or what is added first. */
RS_INLINE void take_weights(const real *at, const real *a, const real *b, size_t count, real factor)
{
    real *to = (real *)at;
    const vreal f = v_set1(factor);
    for (size_t i = 0; i < count; i++) {
        vreal w = v_load(a + i * RS_LOGICAL_LANES);
        if (b != NULL)
            w = v_add(w, v_load(b + i * RS_LOGICAL_LANES));
        v_store(to + i * RS_VECTOR_LANES, v_mul(w, f));
    }
}

/* Weights without a factor: copies, or where they are. */
RS_INLINE const real *plain_weights(const real *copies, const real *from, size_t count)
{
    if (!COPIES)
        return from;
    take_weights(copies, from, NULL, count, 1);
    return copies;
}

/* The weights of a part. */
static void take_parameters(narrow *n, const rs_network *network, const real *part)
{
    enum { L = RS_LOGICAL_LANES, V = RS_VECTOR_LANES };
    const size_t H = network->states, J = network->gates * H;
    const rs_tensor_layout *tensor = network->tensor;
    const real *w_in = part + tensor[RS_W_IN].offset * L, *b_in = part + tensor[RS_B_IN].offset * L;
    const real *w_rec = part + tensor[RS_W_REC].offset * L;
    const real *b_rec = part + tensor[RS_B_REC].offset * L;
    for (size_t gate = 0; gate < network->gates; gate++) {
        const real scale = n->cell->scale((int)gate);
        const bool is_apart = (ptrdiff_t)gate == n->shape.apart;
        const size_t j = gate * H;
        for (size_t i = 0; i < network->inputs; i++)
            take_weights(n->w_in_scaled + (i * J + j) * V, w_in + (i * J + j) * L, NULL, H, scale);
        for (size_t i = 0; i < H; i++)
            take_weights(n->w_rec_scaled + (i * J + j) * V, w_rec + (i * J + j) * L, NULL, H,
                         scale);
        take_weights(n->bias + j * V, b_in + j * L, is_apart ? NULL : b_rec + j * L, H, scale);
        if (is_apart)
            take_weights(n->apart_bias, b_rec + j * L, NULL, H, scale);
    }
    n->w_rec = plain_weights(n->w_rec, w_rec, H * J);
    n->w_out = plain_weights(n->w_out, part + tensor[RS_W_OUT].offset * L, tensor[RS_W_OUT].count);
    n->b_out = plain_weights(n->b_out, part + tensor[RS_B_OUT].offset * L, tensor[RS_B_OUT].count);
}

/* The pass with part `part` of every logical vector. */
static narrow pass_of(const grouped *g, const rs_network *network, const real *parameters, int part)
{
    const ptrdiff_t first = part * RS_VECTOR_LANES;
    const size_t carried = (size_t)g->pass[0].shape.carried * network->states;
    const rs_group_batch *batch = g->batch;
    narrow n = g->pass[part];
    take_parameters(&n, network, parameters + first);
    take_weights(g->first + (size_t)(part % g->together) * carried * RS_VECTOR_LANES,
                 parameters + first + network->tensor[RS_S0].offset * RS_LOGICAL_LANES, NULL,
                 carried, 1);
    n.x = g->x + first;
    if (network->head == RS_HEAD_BIT)
        n.code = batch->code + first;
    else {
        n.target = (const real *)batch->target + first;
        n.weight = (const real *)batch->weight + first;
        n.length = (const real *)batch->length + first;
    }
    return n;
}

/* ---- Calls -------------------------------------------------------------------------------------
 */

static group_passes passes_of(const narrow *n)
{
    const rs_group_passes *passes = n->cell->group;
    group_passes own = {.forward = NULL};
    if (passes == NULL || n->vectors > GROUP_SAMPLES_MOST)
        return own;
    if (n->shape.states <= FEW_STATES_MOST)
        own = passes->few[n->shape.states][n->vectors];
    return own.forward != NULL ? own : passes->many[n->vectors];
}

/* Whether they take all parts at once. */
static bool is_joint(const narrow *n)
{
    return n->vectors == 1 && n->shape.states <= FEW_STATES_MOST && n->cell->group != NULL &&
           n->cell->group->few[n->shape.states][1].forward != NULL;
}

/* `count` passes, as they are worked on together. */
static void grouped_forward(const narrow *n, ptrdiff_t count, bool keep_states, const real *first)
{
    const group_passes own = passes_of(n);
    const ptrdiff_t row = n->shape.carried * n->shape.states * RS_VECTOR_LANES;
    const ptrdiff_t calls = is_joint(n) ? 1 : count;
    for (ptrdiff_t p = 0; p < calls; p++)
        if (own.forward != NULL)
            own.forward(&n[p], first + p * row, keep_states);
        else
            forward_passes(&n[p], n->shape, n->vectors, 1, keep_states, first + p * row);
}

/* From dloss/dz to the deltas of all steps, and dloss/ds_0 and dc_0 in n->flow. */
static void grouped_deltas(const narrow *n, ptrdiff_t count)
{
    const group_passes own = passes_of(n);
    const ptrdiff_t calls = is_joint(n) ? 1 : count;
    for (ptrdiff_t p = 0; p < calls; p++)
        if (own.deltas != NULL)
            own.deltas(&n[p]);
        else
            delta_passes(&n[p], n->shape, n->vectors, 1);
}

/* No state after a sequence's end, of which infinity would make NaN, times the delta of 0, where
 * the group has further steps. */
static void clear_ends(const narrow *n)
{
    const ptrdiff_t V = n->vectors, H = n->shape.states, carried = n->shape.carried;
    for (ptrdiff_t v = 0; n->is_ragged && v < V; v++)
        for (ptrdiff_t l = 0; l < RS_VECTOR_LANES; l++) {
            const ptrdiff_t end = (ptrdiff_t)n->length[v * RS_LOGICAL_LANES + l];
            real *state = (real *)(n->state + end * carried * H * V + v) + l;
            for (ptrdiff_t i = 0; end < n->steps && i < H; i++)
                state[i * V * RS_VECTOR_LANES] = 0;
        }
}

/* What the sum of a run's losses is divided by; a run without weight has loss and gradient 0. */
static double divisor_of(const rs_network *network, const rs_group_batch *batch, int lane)
{
    if (network->head == RS_HEAD_BIT)
        return (double)batch->samples * batch->steps;
    const bool over_outputs = network->head != RS_HEAD_CLASSES;
    return batch->weight_sum[lane] * (over_outputs ? network->outputs : 1);
}

/* The losses of the addition task: one logarithm for all steps of a sample. */
static void bit_losses(const narrow *n)
{
    for (ptrdiff_t v = 0; v < n->vectors; v++) {
        tally sums;
        tally_clear(&sums, 1);
        for (ptrdiff_t k = 0; k < n->steps; k++)
            tally_loss(&sums, n->output[k * n->vectors + v], codes_at(n, k, v));
        n->losses[v] = v_add(sums.positive, v_log1p(sums.product));
    }
}

static void bit_errors(const narrow *pass, vreal *sum)
{
    const narrow n = *pass;
    vreal total = v_set1(0);
    for (ptrdiff_t k = 0; k < n.steps; k++)
        for (ptrdiff_t v = 0; v < n.vectors; v++) {
            vreal *output = n.output + k * n.vectors + v;
            *output = output_error(*output, codes_at(&n, k, v));
            total = v_add(total, *output);
        }
    *sum = total;
}

static void bit_wrongs(const narrow *n)
{
    for (ptrdiff_t k = 0; k < n->steps; k++)
        for (ptrdiff_t v = 0; v < n->vectors; v++)
            tally_wrong(&n->tally[v], n->output[k * n->vectors + v], codes_at(n, k, v));
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        n->counted[v] = v_set1((real)n->steps);
}

/* Turns z into dloss/dz in place; sum[o * RS_PARTS] = their sums. */
static void grouped_errors(const narrow *n, vreal *sum)
{
    if (n->code != NULL)
        bit_errors(n, sum);
    else {
        for (ptrdiff_t o = 0; o < n->outputs; o++)
            sum[o * RS_PARTS] = v_set1(0);
        sequence_errors(n, sum);
    }
}

/* The mean losses of a part's runs. */
static void store_losses(const narrow *n, const rs_network *network, const rs_group_batch *batch,
                         int part, double *loss)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    vreal total = v_set1(0);
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        n->losses[v] = v_set1(0);
    if (n->code != NULL)
        bit_losses(n);
    else
        sequence_losses(n);
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        total = v_add(total, n->losses[v]);
    v_store(lane, total);
    for (int l = 0; l < RS_VECTOR_LANES; l++) {
        const double divisor = divisor_of(network, batch, part * RS_VECTOR_LANES + l);
        loss[part * RS_VECTOR_LANES + l] = divisor > 0 ? (double)lane[l] / divisor : 0;
    }
}

static void grouped_loss(void *memory, const rs_network *network, const void *parameters,
                         const rs_group_batch *batch, double *loss)
{
    grouped g;
    grouped_prepare(&g, memory, network, batch);
    for (int part = 0; part < RS_PARTS; part += (int)g.together) {
        narrow n[RS_PARTS];
        for (int p = 0; p < g.together; p++)
            n[p] = pass_of(&g, network, parameters, part + p);
        grouped_forward(n, g.together, false, g.first);
        for (int p = 0; p < g.together; p++)
            store_losses(&n[p], network, batch, part + p, loss);
    }
}

/* What a part's runs have got right; scores of no sample stay as they are. A run with fewer samples
 * than others has no steps where theirs are. */
static void add_scores(const narrow *n, int part, rs_score *score)
{
    _Alignas(64) real wrong[RS_VECTOR_LANES], counted[RS_VECTOR_LANES];
    tally_clear(n->tally, (int)n->vectors);
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        n->counted[v] = v_set1(0);
    if (n->code != NULL)
        bit_wrongs(n);
    else
        sequence_wrongs(n);
    for (ptrdiff_t v = 0; v < n->vectors; v++) {
        v_store(wrong, n->tally[v].wrong);
        v_store(counted, n->counted[v]);
        for (int l = 0; l < RS_VECTOR_LANES; l++)
            if (n->code != NULL || n->length[v * RS_LOGICAL_LANES + l] > 0)
                lane_score(wrong[l], counted[l], wrong[l], &score[part * RS_VECTOR_LANES + l]);
    }
}

/* Where the sums of a part are: those of weights in the gradient itself. */
static narrow_sums sums_of(const grouped *g, const rs_network *network, vreal *gradient)
{
    const rs_tensor_layout *tensor = network->tensor;
    return (narrow_sums){.w_in = gradient + tensor[RS_W_IN].offset * RS_PARTS,
                         .b = g->b,
                         .w_rec = gradient + tensor[RS_W_REC].offset * RS_PARTS,
                         .w_out = gradient + tensor[RS_W_OUT].offset * RS_PARTS,
                         .b_out = gradient + tensor[RS_B_OUT].offset * RS_PARTS};
}

/* The gradient of what is carried into the first step: what flows back to it, over all samples. */
static void sum_first(const narrow *n, vreal *gradient)
{
    const ptrdiff_t H = n->shape.states;
    for (ptrdiff_t i = 0; i < n->shape.carried * H; i++) {
        vreal sum = v_set1(0);
        for (ptrdiff_t v = 0; v < n->vectors; v++)
            sum = v_add(sum, n->flow[i * n->vectors + v]);
        gradient[i * RS_PARTS] = sum;
    }
    for (ptrdiff_t c = 0; c < n->shape.carried; c++)
        n->ends->take(n->ends, gradient + c * H * RS_PARTS, 1, H, 0);
}

/* Both biases from the sums of the deltas. */
static void end_biases(const narrow *n, const rs_network *network, const vreal *b)
{
    const ptrdiff_t H = n->shape.states, J = n->shape.gates * H;
    vreal *b_in = n->ends->gradient + network->tensor[RS_B_IN].offset * RS_PARTS;
    vreal *b_rec = n->ends->gradient + network->tensor[RS_B_REC].offset * RS_PARTS;
    for (ptrdiff_t j = 0; j < J; j++) {
        const ptrdiff_t column = input_column(n->shape, j / H) * H + j % H;
        b_rec[j * RS_PARTS] = b[j * RS_PARTS];
        b_in[j * RS_PARTS] = b[column * RS_PARTS];
    }
    n->ends->take(n->ends, b_in, 1, J, 0);
    n->ends->take(n->ends, b_rec, 1, J, 0);
}

/* From sums to means. */
static vreal scale_of(const rs_network *network, const rs_group_batch *batch, int part)
{
    _Alignas(64) real lane[RS_VECTOR_LANES];
    for (int l = 0; l < RS_VECTOR_LANES; l++) {
        const double divisor = divisor_of(network, batch, part * RS_VECTOR_LANES + l);
        lane[l] = (real)(divisor > 0 ? 1 / divisor : 0);
    }
    return v_load(lane);
}

/* From dloss/dz and the deltas to the gradient, handed to n->ends tensor by tensor. */
static void sum_part(const grouped *g, const rs_network *network, const narrow *n)
{
    const narrow_sums sums = sums_of(g, network, n->ends->gradient);
    n->ends->take(n->ends, sums.b_out, 1, n->outputs, 0);
    sum_reals(n, n->shape, &sums);
    clear_ends(n);
    sum_w_rec(n, n->shape, 0, sums.w_rec);
    end_biases(n, network, sums.b);
    sum_first(n, n->ends->gradient + network->tensor[RS_S0].offset * RS_PARTS);
}

/* The gradients of the parts from `part` on that are worked on together. */
static void gradient_of_parts(const grouped *g, const rs_network *network, const real *parameters,
                              int part, sum_ends *const *ends, double *loss, rs_score *score)
{
    const size_t b_out = network->tensor[RS_B_OUT].offset * RS_PARTS;
    narrow n[RS_PARTS];
    for (int p = 0; p < g->together; p++) {
        n[p] = pass_of(g, network, parameters, part + p);
        n[p].ends = ends[p];
        ends[p]->scale = scale_of(network, g->batch, part + p);
    }
    grouped_forward(n, g->together, true, g->first);
    for (int p = 0; p < g->together; p++) {
        if (loss != NULL)
            store_losses(&n[p], network, g->batch, part + p, loss);
        if (score != NULL)
            add_scores(&n[p], part + p, score);
        grouped_errors(&n[p], ends[p]->gradient + b_out);
    }
    grouped_deltas(n, g->together);
    for (int p = 0; p < g->together; p++)
        sum_part(g, network, &n[p]);
}

static void scale_sums(sum_ends *ends, vreal *to, ptrdiff_t rows, ptrdiff_t columns,
                       ptrdiff_t to_row)
{
    for (ptrdiff_t r = 0; r < rows; r++)
        for (ptrdiff_t c = 0; c < columns; c++) {
            vreal *sum = to + (r * to_row + c) * RS_PARTS;
            *sum = ended_sum(ends, *sum);
        }
}

static void grouped_gradient(void *memory, const rs_network *network, const void *parameters,
                             const rs_group_batch *batch, void *gradient, double *loss,
                             rs_score *score)
{
    grouped g;
    grouped_prepare(&g, memory, network, batch);
    for (int part = 0; part < RS_PARTS; part += (int)g.together) {
        sum_ends ends[RS_PARTS], *each[RS_PARTS] = {NULL};
        for (int p = 0; p < g.together; p++) {
            ends[p] = (sum_ends){.take = scale_sums, .gradient = (vreal *)gradient + part + p};
            each[p] = &ends[p];
        }
        gradient_of_parts(&g, network, parameters, part, each, loss, score);
    }
}

static uint32_t grouped_update(void *memory, const rs_network *network, const rs_group_rules *rules,
                               const rs_blocks *blocks, const rs_group_batch *batch, double *loss,
                               rs_score *score)
{
    const rs_group_update *update = &RS_CELL_KERNEL(update, grouped);
    grouped g;
    uint32_t finite = 0;
    update->look_ahead(network, rules, blocks);
    if (update->clips(rules)) { /* the norm is that of the whole gradient */
        grouped_gradient(memory, network, blocks->theta, batch, blocks->gradient, loss, score);
        return update->descend(network, rules, blocks);
    }
    grouped_prepare(&g, memory, network, batch);
    for (int part = 0; part < RS_PARTS; part += (int)g.together) {
        group_descent descent[RS_PARTS];
        sum_ends *each[RS_PARTS] = {NULL};
        for (int p = 0; p < g.together; p++) {
            update->begin(&descent[p], network, rules, blocks, part + p);
            each[p] = &descent[p].ends;
        }
        gradient_of_parts(&g, network, blocks->theta, part, each, loss, score);
        for (int p = 0; p < g.together; p++)
            finite |= update->finite(&descent[p], part + p);
    }
    return finite;
}

#endif
