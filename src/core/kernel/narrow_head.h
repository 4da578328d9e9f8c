/* Where lanes are samples, what becomes of the outputs of a pass: errors, losses and scores, of the
 * one logistic output of the addition task, and by narrow_sequences.h of sequences of any kind. */
#ifndef RS_NARROW_HEAD_H
#define RS_NARROW_HEAD_H

#include "narrow_sequences.h"

static void bit_errors(const narrow *pass, vreal *sum)
{
    const narrow n = *pass;
    vreal total = *sum;
    for (ptrdiff_t k = 0; k < n.steps; k++)
        for (ptrdiff_t v = 0; v < n.vectors; v++) {
            vreal *output = n.output + k * n.vectors + v;
            *output = v_and(output_error(*output, codes_at(&n, k, v)), n.inside[v]);
            total = v_add(total, *output);
        }
    *sum = total;
}

static void bit_losses(const narrow *pass)
{
    const narrow n = *pass;
    for (ptrdiff_t k = 0; k < n.steps; k++)
        for (ptrdiff_t v = 0; v < n.vectors; v++)
            tally_loss(&n.tally[v], n.output[k * n.vectors + v], codes_at(&n, k, v));
}

static void bit_wrongs(const narrow *pass)
{
    const narrow n = *pass;
    for (ptrdiff_t k = 0; k < n.steps; k++)
        for (ptrdiff_t v = 0; v < n.vectors; v++)
            tally_wrong(&n.tally[v], n.output[k * n.vectors + v], codes_at(&n, k, v));
}

/* Turns z into dloss/dz in place, and adds it to sum[o * RS_PARTS]. */
static void outputs_to_errors(const narrow *n, vreal *sum)
{
    if (n->code != NULL)
        bit_errors(n, sum);
    else
        sequence_errors(n, sum);
}

static void tally_losses(const narrow *n)
{
    if (n->code != NULL)
        bit_losses(n);
    else
        sequence_losses(n);
}

static void tally_wrongs(const narrow *n)
{
    if (n->code != NULL)
        bit_wrongs(n);
    else
        sequence_wrongs(n);
}

/* total + the losses of a pass's samples */
static vreal add_losses(const narrow *n, vreal total)
{
    for (ptrdiff_t v = 0; v < n->vectors; v++)
        total = v_add(total, n->code != NULL ? tally_total_loss(&n->tally[v], n->inside[v])
                                             : n->losses[v]);
    return total;
}

/* Adds what a pass with `samples` from its first lane on got right. */
static void score_pass(const narrow *n, int samples, rs_score *score)
{
    for (int v = 0; v < n->vectors; v++) {
        const int left = samples - v * RS_LOGICAL_LANES;
        if (n->code != NULL)
            tally_score(&n->tally[v], left, (int)n->steps, score);
        else
            sequence_score(n, v, left, score);
    }
}

#endif
